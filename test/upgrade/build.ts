// Builds the release before this one, where that was not done yet: apart from the tests, whose time is limited.
import { builtRelease } from './built-release.js';
import { ownVersion, releaseBefore } from './releases.js';

const before = releaseBefore(ownVersion);
console.log(`Release ${before.version} lies built in ${await builtRelease(before)}`);
