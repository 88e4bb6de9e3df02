// npm ims-caliper, unchanged, as its README uses it: one sensor, one client, its bare API key in Authorization.
// Reads {url, key, sensor, events, entities} on standard input; prints what each request was answered.
'use strict';

const { readFileSync } = require('node:fs');
const http = require('node:http');
const caliper = require('ims-caliper');

const given = JSON.parse(readFileSync(0, 'utf8'));

// The client keeps its answers to itself: they are overheard here, at Node's own HTTP.
const answers = [];
const request = http.request;
http.request = (...options) => {
  const asked = request(...options);
  asked.prependListener('response', (answer) => {
    let body = '';
    answer.on('data', (part) => { body += part; });
    answer.on('end', () => answers.push({ status: answer.statusCode, type: answer.headers['content-type'], body }));
  });
  return asked;
};

const client = caliper.HttpClient;
client.initialize('client', {
  uri: given.url,
  method: 'POST',
  headers: { Authorization: given.key, 'Content-Type': 'application/json' },
  json: true,
});
caliper.Sensor.initialize(given.sensor);
caliper.Sensor.registerClient(client);

const events = given.events.map(({ make, ...properties }) =>
  caliper.EventFactory().create(caliper[make], {
    ...properties,
    actor: caliper.EntityFactory().create(caliper.Person, properties.actor),
    eventTime: new Date().toISOString(),
  }));
const described = given.entities.map(({ make, ...properties }) => caliper.EntityFactory().create(caliper[make], properties));

caliper.Sensor.sendToClient(client, caliper.Sensor.createEnvelope({ data: events }));
caliper.Sensor.sendToClients(caliper.Sensor.createEnvelope({ data: described }));
process.on('beforeExit', () => {
  process.stdout.write(JSON.stringify(answers));
  process.exit(0);
});
