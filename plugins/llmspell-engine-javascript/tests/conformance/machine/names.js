return [`${() => 1}`, `${{}}`, `${new (class Own {})()}`]
