// Prepares the inputs of a read-eval loop: what one declares at its top lives on the global object, where the next one
// finds it, and the value of its last expression is kept.
//
// - `const x = 1, {y} = z` becomes `(x = 1, {y} = z);`, with `$llm.declare("x", "y")` before everything else
// - a class becomes an assignment, a function stays and is put on the global object first; so are imports
// - `1 + 1` as the last statement becomes `$llm.last((1 + 1))`
//
// No line moves. Made by `transform.js`, which exports its parts for us.
(() => {
  const { Transform, parsed, understood, refusal } = globalThis.transformParts;

  class Input extends Transform {
    prepareTop(tree, header) {
      const names = [];
      for (const node of tree.body) {
        if (node.type === "VariableDeclaration") names.push(...this.assign(node));
        else if (node.type === "ClassDeclaration") names.push(this.assignClass(node));
        else if (node.type === "FunctionDeclaration") this.keep(node.id.name);
        else if (node.type === "ImportDeclaration") for (const one of node.specifiers) this.keep(one.local.name);
      }
      if (names.length) header.unshift(`$llm.declare(${names.map((name) => JSON.stringify(name)).join(",")});`);
    }

    keep(name) {
      this.kept.push(`$llm.keep(${JSON.stringify(name)},${name});`);
    }

    assign(node) {
      const end = node.declarations[0].start;
      this.editor.blank(node.start, end, "(");
      for (const one of node.declarations) if (!one.init) this.editor.insert(one.end, "=void 0");
      const closed = this.source[node.end - 1] === ";";
      const last = node.declarations[node.declarations.length - 1].end;
      this.after.push(() => this.editor.insert(last, closed ? ")" : ");"));
      return this.declared(node);
    }

    assignClass(node) {
      this.editor.insert(node.start, `(${node.id.name}=`);
      this.after.push(() => this.editor.insert(node.end, ");"));
      return node.id.name;
    }

    keepLast(tree) {
      const last = tree.body[tree.body.length - 1];
      if (!last || last.type !== "ExpressionStatement") return;
      this.editor.insert(last.expression.start, "$llm.last((");
      this.after.push(() => this.editor.insert(last.expression.end, "))"));
    }
  }

  // Text that begins like an object is one, unless it is only a block: people ask for `{a: 1}`.
  function read(source) {
    if (/^\s*\{/.test(source) && !/;\s*$/.test(source)) {
      try {
        parsed(`(${source}\n)`, "any", "script");
        source = `(${source}\n)`;
      } catch {
        // a block after all
      }
    }
    return { source, ...understood(source, "any") };
  }

  const isUnfinished = (error, source) =>
    /^Unterminated (?:template|comment)/.test(error.message) || error.pos >= source.trimEnd().length;

  // Give `{code, header, requires}`, `{more: true}`, or `{error: {message, line}}`.
  globalThis.prepareInput = (given) => {
    try {
      const { source, tree, arrows, strict } = read(given);
      const made = new Input(source, tree, arrows);
      return JSON.stringify({
        code: made.editor.result(),
        header: (strict ? '"use strict";' : "") + made.header.join("") + made.kept.join(""),
        requires: made.requires,
        waits: true,
      });
    } catch (error) {
      return JSON.stringify(isUnfinished(error, given) ? { more: true } : refusal(error));
    }
  };
})();
