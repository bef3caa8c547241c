// Jest's environment for Node, with plain globals. Jest makes them a proxy, to clear away after a file what was put there; so
// each mention of `Object` or `Promise`, in whatever module, asks that proxy, fifty times slower than a variable. Without, a
// gateway starts for a fifth less CPU, and a file's globals go with its context.
import vm from 'node:vm';
import { TestEnvironment } from 'jest-environment-node';

const { createContext } = vm;
vm.createContext = () => createContext(vm.constants.DONT_CONTEXTIFY);

export default TestEnvironment;
