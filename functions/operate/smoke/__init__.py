"""The smoke check of a stack: does what was deployed do on its own ground what the tests saw it do on theirs?"""
