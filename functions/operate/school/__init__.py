"""People of a school: ids that are one person, and rosters."""
