// Refuses a Node.js older than package.json allows, in one sentence. It runs before everything else, so it is written in
// what the oldest Node.js can read; the gateway's own imports could not even be linked there.
var wanted = /\d+\.\d+/.exec(require('../package.json').engines.node)[0];
var found = process.version.slice(1);

function isOlder(version, than) {
  var ours = version.split('.').map(Number);
  var theirs = than.split('.').map(Number);
  return ours[0] < theirs[0] || (ours[0] === theirs[0] && ours[1] < theirs[1]);
}

if (isOlder(found, wanted)) {
  console.error('The gateway needs Node.js ' + wanted + ' or newer, but this is Node.js ' + found + '.');
  process.exit(1);
}
