/** Says where it listens, and from then on, when asked, what processor time it has used. Ends with its parent. */
export function tellParent(port) {
  process.on('message', () => process.send(process.cpuUsage()));
  process.on('disconnect', () => process.exit(0));
  process.send({ port });
}
