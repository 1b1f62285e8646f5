# Completion of llmspell for PowerShell 5 and later.
# For this shell:    llmspell completion powershell | Out-String | Invoke-Expression
# For every shell:   put that line into the file that $PROFILE names

Register-ArgumentCompleter -Native -CommandName llmspell -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)
    $line = $commandAst.ToString()
    if ($line.Length -lt $cursorPosition) { $line = $line.PadRight($cursorPosition) }
    $line = $line.Substring(0, $cursorPosition)
    $answer = @(& $commandAst.CommandElements[0].ToString() __complete --line $line '' 2>$null)
    if ($answer.Count -eq 0) { return }
    foreach ($one in $answer[1..($answer.Count)]) {
        if (-not $one) { continue }
        $value, $about = $one -split "`t", 2
        if (-not $about) { $about = $value }
        [System.Management.Automation.CompletionResult]::new($value, $value, 'ParameterValue', $about)
    }
}
