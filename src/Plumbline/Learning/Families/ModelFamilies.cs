namespace Plumbline.Learning.Families;

/// <summary>The families there are, the simplest first.</summary>
internal static class ModelFamilies
{
    public static readonly IReadOnlyList<IModelFamily> All =
    [
        .. new IModelFamily[]
        {
            new MultinomialNbFamily(), new ComplementNbFamily(), new LogisticFamily(), new SvmFamily(), new NbSvmFamily(), new ForestFamily(), new BoostingFamily(), new PerceptronFamily(),
        }.OrderBy(family => family.Complexity),
    ];

    /// <exception cref="ArgumentException">There is none of this name; the message says which there are.</exception>
    public static IModelFamily Of(string name) => All.FirstOrDefault(family => family.Name == name)
        ?? throw new ArgumentException($"families: '{name}' is not one of {string.Join(", ", All.Select(family => family.Name))}.");
}
