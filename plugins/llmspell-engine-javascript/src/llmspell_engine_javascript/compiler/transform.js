// Prepares the text of a spell for V8, which has neither modules nor a place to look after promises here.
//
// - `await x` becomes `$llm.got(await $llm.wait(x))`: the context of a call (which of the kernel's calls it belongs to)
//   comes back with the answer; the same for `for await`, for what async functions return and async generators yield
// - the body of an async function tells `$llm.failed` what it throws, and `new Promise` is looked at by `$llm.made`, so
//   that a rejection nobody handles is known
// - `import` and `export` become calls of `$llm`, `import()` and `import.meta` likewise
//
// Edits are insertions and removals in the text: no line moves.
(() => {
  class Editor {
    constructor(source) {
      this.source = source;
      this.edits = [];
    }

    // What is inserted later at the same place stands behind what was inserted before.
    insert(at, text) {
      this.edits.push({ at, to: at, text, order: this.edits.length });
    }

    replace(at, to, text) {
      this.edits.push({ at, to, text, order: this.edits.length });
    }

    // Take text out and keep its line ends.
    blank(at, to, text = "") {
      this.replace(at, to, text + this.source.slice(at, to).replace(/[^\n]+/g, ""));
    }

    result() {
      const edits = this.edits.sort((a, b) => a.at - b.at || a.order - b.order);
      let out = "";
      let at = 0;
      for (const edit of edits) {
        out += this.source.slice(at, edit.at) + edit.text;
        at = Math.max(at, edit.to);
      }
      return out + this.source.slice(at);
    }
  }

  class Transform {
    constructor(source, tree, arrows) {
      this.editor = new Editor(source);
      this.source = source;
      this.arrows = arrows;
      this.header = [];
      this.exports = [];
      this.requires = [];
      this.waits = false;
      this.modules = 0;
      this.kept = [];
      this.after = []; // edits that stand behind those of what is inside
      this.prepareTop(tree, this.header);
      this.keepLast(tree);
      for (const node of tree.body) this.visit(node, { async: true, generator: false, tries: 0, top: true });
      for (const edit of this.after) edit();
    }

    // What inputs do besides; a file has no use for it.
    prepareTop() {}
    keepLast() {}

    children(node, at) {
      for (const key of Object.keys(node)) {
        const value = node[key];
        if (Array.isArray(value)) {
          for (const one of value) if (one && typeof one.type === "string") this.visit(one, at);
        } else if (value && typeof value.type === "string") {
          this.visit(value, at);
        }
      }
    }

    visit(node, at) {
      const own = this[node.type];
      if (own) own.call(this, node, at);
      else this.children(node, at);
    }

    // -- waiting ----------------------------------------------------------------------------------------------------

    AwaitExpression(node, at) {
      this.waits ||= at.top;
      this.editor.insert(node.start, "$llm.got(");
      this.editor.insert(node.start + "await".length, " $llm.wait(");
      this.children(node, at);
      this.editor.insert(node.end, "))");
    }

    ForOfStatement(node, at) {
      if (!node.await) return this.children(node, at);
      this.waits ||= at.top;
      this.visit(node.left, at);
      this.editor.insert(node.right.start, "$llm.each(");
      this.visit(node.right, at);
      this.editor.insert(node.right.end, ")");
      this.visit(node.body, at);
    }

    ReturnStatement(node, at) {
      // Inside of `try` a promise that is returned passes by the catch: it must not be awaited there.
      if (!node.argument || !at.async || at.top || at.tries > 0) return this.children(node, at);
      this.waited(node.start + "return".length, node.argument, node.argument.end, at);
    }

    YieldExpression(node, at) {
      if (!at.async || !node.argument) return this.children(node, at);
      if (!node.delegate) return this.waited(node.start + "yield".length, node.argument, node.end, at);
      this.editor.insert(node.argument.start, "$llm.each(");
      this.visit(node.argument, at);
      this.editor.insert(node.argument.end, ")");
    }

    waited(from, argument, to, at) {
      this.editor.insert(from, " $llm.got(await $llm.wait(");
      this.visit(argument, at);
      this.editor.insert(to, "))");
    }

    NewExpression(node, at) {
      const own = node.callee.name === "Promise";
      if (own) this.editor.insert(node.start, "$llm.made(");
      this.children(node, at);
      if (own) this.editor.insert(node.end, ")");
    }

    TryStatement(node, at) {
      this.children(node, { ...at, tries: at.tries + 1 });
    }

    // -- functions --------------------------------------------------------------------------------------------------

    FunctionDeclaration(node) {
      this.enter(node);
    }

    FunctionExpression(node) {
      this.enter(node);
    }

    ArrowFunctionExpression(node) {
      this.enter(node);
    }

    PropertyDefinition(node, at) {
      if (node.computed) this.visit(node.key, at);
      if (node.value) this.visit(node.value, { async: false, generator: false, tries: 0, top: false });
    }

    StaticBlock(node) {
      this.children(node, { async: false, generator: false, tries: 0, top: false });
    }

    enter(node) {
      const at = { async: node.async, generator: node.generator, tries: 0, top: false };
      for (const one of node.params) this.visit(one, at);
      const guarded = node.async && !node.generator;
      if (node.body.type !== "BlockStatement") return this.enterExpression(node, at, guarded);
      const first = node.body.body.find((one) => !one.directive);
      const open = first && node.body.body[0] !== first ? first.start : node.body.start + 1;
      if (guarded && first) this.editor.insert(open, "try{");
      for (const one of node.body.body) this.visit(one, at);
      if (guarded && first) this.editor.insert(node.body.end - 1, "}catch($llmError){throw $llm.failed($llmError)}");
    }

    enterExpression(node, at, guarded) {
      if (!guarded) return this.visit(node.body, at);
      const arrow = this.arrows.findLast((end) => end <= node.body.start);
      this.editor.insert(arrow, "{try{return $llm.got(await $llm.wait(");
      this.visit(node.body, at);
      this.editor.insert(node.end, "))}catch($llmError){throw $llm.failed($llmError)}}");
    }

    // -- modules ----------------------------------------------------------------------------------------------------

    CallExpression(node, at) {
      const [argument] = node.arguments;
      if (node.callee.name === "require" && argument && typeof argument.value === "string") {
        this.requires.push(argument.value);
      }
      this.children(node, at);
    }

    ImportExpression(node, at) {
      this.editor.replace(node.start, node.start + "import".length, "$llm.import");
      this.children(node, at);
    }

    MetaProperty(node) {
      if (node.meta.name === "import") this.editor.replace(node.start, node.end, "$llm.meta");
    }

    fetched(node) {
      const name = `$llm${(this.modules += 1)}`;
      this.header.push(`const ${name}=await $llm.import(${JSON.stringify(node.source.value)},${this.lineOf(node)});`);
      return name;
    }

    // The header stands on the first line, whatever it says of others.
    lineOf(node) {
      return this.source.slice(0, node.start).split("\n").length;
    }

    ImportDeclaration(node) {
      const from = this.fetched(node);
      for (const one of node.specifiers) {
        const local = one.local.name;
        if (one.type === "ImportNamespaceSpecifier") {
          this.header.push(`const ${local}=${from};`);
        } else {
          const wanted = one.type === "ImportDefaultSpecifier" ? "default" : this.nameOf(one.imported);
          this.header.push(`const ${local}=$llm.pick(${from},${JSON.stringify(wanted)},${this.lineOf(node)});`);
        }
      }
      this.editor.blank(node.start, node.end);
    }

    nameOf(node) {
      return node.type === "Literal" ? node.value : node.name;
    }

    give(name, expression) {
      this.exports.push(`${JSON.stringify(name)}:()=>${expression}`);
    }

    ExportNamedDeclaration(node, at) {
      if (node.declaration) {
        this.editor.blank(node.start, node.declaration.start);
        for (const name of this.declared(node.declaration)) this.give(name, name);
        return this.visit(node.declaration, at);
      }
      const from = node.source && this.fetched(node);
      for (const one of node.specifiers) {
        const local = this.nameOf(one.local);
        this.give(this.nameOf(one.exported), from ? `$llm.pick(${from},${JSON.stringify(local)})` : local);
      }
      this.editor.blank(node.start, node.end, ";");
    }

    ExportAllDeclaration(node) {
      const from = this.fetched(node);
      if (node.exported) this.give(this.nameOf(node.exported), from);
      else this.header.push(`$llm.exportAll(${from});`);
      this.editor.blank(node.start, node.end, ";");
    }

    ExportDefaultDeclaration(node, at) {
      const one = node.declaration;
      const named = /Declaration$/.test(one.type) && one.id;
      if (named) {
        this.give("default", one.id.name);
        this.editor.blank(node.start, one.start);
        return this.visit(one, at);
      }
      this.give("default", "$llmDefault.value");
      // The keyword goes up to the word `default`; the rest may begin with a parenthesis.
      const word = this.source.indexOf("default", node.start) + "default".length;
      this.editor.blank(node.start, word, "$llmDefault.value=");
      this.visit(one, at);
      if (/Declaration$/.test(one.type)) this.editor.insert(node.end, ";");
    }

    declared(declaration) {
      if (declaration.type !== "VariableDeclaration") return [declaration.id.name];
      const names = [];
      const collect = (pattern) => {
        if (!pattern) return;
        if (pattern.type === "Identifier") names.push(pattern.name);
        else if (pattern.type === "ObjectPattern")
          pattern.properties.forEach((one) => collect(one.value || one.argument));
        else if (pattern.type === "ArrayPattern") pattern.elements.forEach(collect);
        else collect(pattern.left || pattern.argument);
      };
      for (const one of declaration.declarations) collect(one.id);
      return names;
    }
  }

  // Parse as a module or as a script; `arrows` are the places after each `=>`.
  function parsed(source, kind, sourceType) {
    const arrows = [];
    const tree = acorn.parse(source, {
      sourceType,
      ecmaVersion: "latest",
      allowReturnOutsideFunction: true,
      allowAwaitOutsideFunction: kind !== "commonjs",
      allowHashBang: true,
      onToken(token) {
        if (token.type.label === "=>") arrows.push(token.end);
      },
    });
    return { tree, arrows, strict: sourceType === "module" };
  }

  // Only files with import or export are modules; for all others the looser rules of scripts hold, as in Node.
  function understood(source, kind) {
    if (kind === "module") return parsed(source, kind, "module");
    if (!/\b(import|export)\b/.test(source)) return parsed(source, kind, "script");
    let fault = null;
    try {
      const found = parsed(source, kind, "module");
      if (found.tree.body.some((one) => /^(Import|Export)\w*Declaration$/.test(one.type))) return found;
    } catch (error) {
      fault = error;
    }
    try {
      return parsed(source, kind, "script");
    } catch (error) {
      throw fault || error;
    }
  }

  function refusal(error) {
    const message = String(error.message).replace(/ \(\d+:\d+\)$/, "");
    return { error: { message, line: error.loc ? error.loc.line : 1 } };
  }

  globalThis.transformParts = { Transform, parsed, understood, refusal };

  // Give `{code, header, strict, waits, requires}` of the source, or `{error: {message, line}}`.
  globalThis.prepare = (source, kind, typescript) => {
    try {
      if (typescript)
        source = sucrase.transform(source, { transforms: ["typescript"], disableESTransforms: true }).code;
      const { tree, arrows, strict } = understood(source, kind);
      const made = new Transform(source, tree, arrows);
      const directive = tree.body[0] && tree.body[0].directive === "use strict";
      const given = made.exports.length ? `const $llmDefault={};$llm.export({${made.exports.join(",")}});` : "";
      return JSON.stringify({
        code: made.editor.result().replace(/^#!/, "//"),
        header: (strict || directive ? '"use strict";' : "") + given + made.header.join(""),
        module: strict,
        waits: made.waits || made.header.length > 0,
        requires: made.requires,
      });
    } catch (error) {
      return JSON.stringify(refusal(error));
    }
  };
})();
