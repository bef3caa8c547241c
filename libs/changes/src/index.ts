// What changed in the database, told to every replica within a second. Whoever keeps rows in memory watches here.
export { Changes } from './changes.js';
export { ChangesModule } from './changes.module.js';
export { beginEpoch } from './epoch.js';
export { RowMemory } from './row-memory.js';
