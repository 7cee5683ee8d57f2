using System.CommandLine;

namespace Plumbline.Cli.Commands;

/// <summary>Prints a shell's completion script. The words come from the program itself, through the parser's <c>[suggest]</c> directive.</summary>
internal sealed class CompletionCommand : CliCommand
{
    private const string Bash = """
        _plumbline() {
          local IFS=$'\n'
          COMPREPLY=($(compgen -W "$("${COMP_WORDS[0]}" "[suggest:${COMP_POINT}]" "${COMP_LINE}" 2>/dev/null)" -- "${COMP_WORDS[COMP_CWORD]}"))
        }
        complete -o default -F _plumbline plumbline ./plumbline
        """;

    private const string Zsh = """
        #compdef plumbline
        _plumbline() {
          local -a words_found
          words_found=("${(@f)$("${words[1]}" "[suggest:${CURSOR}]" "${BUFFER}" 2>/dev/null)}")
          compadd -- $words_found
          _files
        }
        compdef _plumbline plumbline ./plumbline
        """;

    private const string Fish = """
        complete -c plumbline -a "(set -l line (commandline -cp); plumbline '[suggest:'(string length -- \"$line\")']' \"$line\" 2>/dev/null)"
        """;

    private readonly Argument<string> _shell = new("SHELL") { Description = "bash, zsh or fish" };

    public CompletionCommand(Terminal terminal)
        : base(terminal, "completion", "Print a completion script for bash, zsh or fish")
    {
        Arguments.Add(_shell);
        Examples = ["completion bash > ~/.local/share/bash-completion/completions/plumbline", "completion fish > ~/.config/fish/completions/plumbline.fish"];
    }

    protected override Task<ExitCode> RunAsync(ParseResult parse, CancellationToken cancellation)
    {
        Terminal.Out.WriteLine(parse.GetRequiredValue(_shell) switch
        {
            "bash" => Bash,
            "zsh" => Zsh,
            "fish" => Fish,
            var other => throw CliException.Usage($"'{other}' is not one of bash, zsh, fish."),
        });
        return Task.FromResult(ExitCode.Ok);
    }
}
