// For an app that has sent nothing: six ways to send the first event. The page notices when it arrives.
import { read } from "../api.js";
import { base } from "../session.js";
import { html, Page, Snippet, useEffect, useState } from "../parts.js";

const event = (app) => ({
  sensor: `${app}/sensor`,
  sendTime: new Date().toISOString(),
  dataVersion: "http://purl.imsglobal.org/ctx/caliper/v1p2",
  data: [{
    "@context": "http://purl.imsglobal.org/ctx/caliper/v1p2",
    id: `urn:uuid:${crypto.randomUUID()}`,
    type: "NavigationEvent",
    profile: "ReadingProfile",
    actor: { id: "urn:uuid:00000000-0000-4000-8000-000000000001", type: "Person" },
    action: "NavigatedTo",
    object: { id: `${app.startsWith("http") ? app : "https://example.org"}/first-page`, type: "WebPage", name: "My first page" },
    eventTime: new Date().toISOString(),
    edApp: { id: app, type: "SoftwareApplication" },
  }],
});

const ways = (app) => {
  const envelope = event(app);
  const json = JSON.stringify(envelope, null, 2);
  const url = `${base}/caliper/event`;
  return [
    ["curl", "With a sensor key in KEY, from a terminal.", `curl ${url} \\\n  -H "Authorization: Bearer $KEY" \\\n  -H 'Content-Type: application/json' \\\n  -d '${json}'`],
    ["Python", "Nothing to install. KEY is a sensor key.", `import json, os, urllib.request\n\nenvelope = json.loads('''${json}''')\nrequest = urllib.request.Request(\n    "${url}",\n    data=json.dumps(envelope).encode(),\n    headers={"Authorization": "Bearer " + os.environ["KEY"], "Content-Type": "application/json"},\n)\nprint(urllib.request.urlopen(request).read().decode())`],
    ["JavaScript", "Node 20 or later; from a browser if the service allows your origin.", `const envelope = ${json};\nconst answer = await fetch("${url}", {\n  method: "POST",\n  headers: { Authorization: \`Bearer \${process.env.KEY}\`, "Content-Type": "application/json" },\n  body: JSON.stringify(envelope),\n});\nconsole.log(await answer.json());`],
    ["timeback-caliper", "TimeBack's Python client, with the app's OAuth client.", `CALIPER_BASE_URL=${base}\nCALIPER_TOKEN_URL=${base}/oauth2/token\nCALIPER_CLIENT_ID=…      # printed once by: make app NAME='My app'\nCALIPER_CLIENT_SECRET=…`],
    ["Moodle, Blackboard, Open edX", "In the settings of the LMS's Caliper sensor.", `Endpoint or store URL:  ${url}\nKey or API key:         the sensor key, as it is`],
    ["Canvas and others that set only a URL", "The key is part of the address.", `${base}/k/<sensor key>`],
  ];
};

export function Start({ account, waiting = false, app }) {
  const known = app ?? account.apps[0];
  const [arrived, setArrived] = useState(false);
  const [snippets] = useState(() => ways(known.id));
  useEffect(() => {
    if (waiting) return undefined; // the page that shows this looks itself
    let timer = null, over = false;
    const look = async () => {
      try {
        const { arrivals } = await read("/arrivals", { limit: 1 });
        if (arrivals.length) setArrived(true);
      } catch { /* the next look may succeed */ }
      if (!over) timer = setTimeout(look, 3000);
    };
    look();
    return () => { over = true; clearTimeout(timer); };
  }, [waiting]);
  return html`<${Page} title="Start here" lead=${`Six ways to send the first event of ${known.name || known.id}. Each is filled in with the address of this service.`}>
    <p class="notice ${arrived ? "ok" : "info"}" role="status">${arrived
      ? html`<strong>An event of this app is here.</strong> <a href="#/live">See it under Live.</a>`
      : html`<span class="pulse">Waiting</span> for the first event. It shows here some seconds after it was sent; nothing needs to be reloaded.`}</p>
    <p>No sensor key yet? An operator prints one with <code>make app NAME='…'</code>; a second one with <code>make key APP='…'</code>.</p>
    <div class="ways">${snippets.map(([name, about, text]) => html`<section class="card"><h2>${name}</h2><p class="dim">${about}</p><${Snippet} label=${`${name}: what to type`} text=${text} /></section>`)}</div>
    <p>What may be sent, and every answer: <a href=${`${base}/docs`}>the API's description</a>.</p>
  <//>`;
}
