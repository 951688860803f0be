// Whether this browser can run the page; written so that every browser understands it.
(function () {
  var missing = "";
  if (document.documentMode) {
    missing = "现在是 IE（或浏览器的“兼容模式”）。请切换到“极速模式”，或用 Edge、Chrome、360、奇安信等浏览器打开本页。";
  } else if (typeof WebAssembly !== "object" || typeof Promise !== "function") {
    missing = "浏览器版本太旧，或管理员关闭了 WebAssembly。请换用较新的 Edge、Chrome、360、奇安信浏览器（内核 103 以上），或用双击脚本。";
  } else if (typeof DecompressionStream !== "function" || typeof structuredClone !== "function") {
    missing = "浏览器版本太旧。请换用较新的 Edge、Chrome、360、奇安信浏览器（内核 103 以上），或用双击脚本。";
  }
  window.selfevalMissing = missing;
  if (missing) {
    var place = document.getElementById("trouble");
    place.removeAttribute("hidden");
    place.appendChild(document.createTextNode(missing));
    document.getElementById("status").setAttribute("hidden", "hidden");
  }
  window.onerror = function () {
    if (!window.selfevalMissing && !window.selfevalReady) {
      var box = document.getElementById("trouble");
      box.removeAttribute("hidden");
      box.textContent = "本页没有能启动。请换用较新的 Edge、Chrome、360、奇安信浏览器，或关闭其他网页（内存不足时）再打开一次。";
    }
  };
})();
