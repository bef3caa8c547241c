/* global document, window */
(function () {
  'use strict';
  var data = document.currentScript.dataset;
  // A code in the address bar is a code in the history.
  window.history.replaceState(null, '', window.location.pathname);
  if (!window.opener) {
    document.documentElement.className = 'alone';
    return;
  }
  window.opener.postMessage(JSON.parse(data.message), data.origin);
  window.close();
})();
