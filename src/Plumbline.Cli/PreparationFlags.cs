using System.CommandLine;
using Plumbline.Datasets.Preparation;

namespace Plumbline.Cli;

/// <summary>Options that say what is done to records before they are a snapshot; those given win over the project's.</summary>
internal sealed class PreparationFlags
{
    private readonly Option<DuplicateRule?> _duplicates = new("--duplicates")
    {
        Description = "Repeated texts to leave out: keep (none), exact, normalised or near",
        HelpName = "WHICH",
        CustomParser = Names.Parse<DuplicateRule>,
    };

    private readonly Option<ConflictRule?> _conflicts = new("--conflicts")
    {
        Description = "Texts with several labels: keep or drop",
        HelpName = "HOW",
        CustomParser = Names.Parse<ConflictRule>,
    };

    private readonly Option<BalanceMethod?> _balance = new("--balance")
    {
        Description = "Classes of train: natural, undersample or oversample",
        HelpName = "HOW",
        CustomParser = Names.Parse<BalanceMethod>,
    };

    private readonly Option<int?> _cap = new("--cap") { Description = "Most records of a class in train", HelpName = "N" };

    public void AddTo(Command command)
    {
        Option[] options = [_duplicates, _conflicts, _balance, _cap];
        foreach (var option in options)
            command.Options.Add(option);
    }

    /// <exception cref="CliException">An option is out of its range.</exception>
    public PreparationOptions Apply(ParseResult parse, PreparationOptions preparation)
    {
        var balance = preparation.Balance;
        if (parse.GetValue(_cap) is < 1 and var cap)
            throw CliException.Usage($"--cap: {cap} is below 1.");
        return preparation with
        {
            Duplicates = parse.GetValue(_duplicates) ?? preparation.Duplicates,
            Conflicts = parse.GetValue(_conflicts) ?? preparation.Conflicts,
            Balance = balance with { Method = parse.GetValue(_balance) ?? balance.Method, Cap = parse.GetValue(_cap) ?? balance.Cap },
        };
    }
}
