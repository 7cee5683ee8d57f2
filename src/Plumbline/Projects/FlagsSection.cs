using Plumbline.Inference.Flags;
using Plumbline.Storage;

namespace Plumbline.Projects;

/// <summary>Reads <c>flags</c>: names, and under each a definition as docs/specs/flags.md has it.</summary>
internal static class FlagsSection
{
    public static Dictionary<string, FlagDefinition> Read(YamlSection root)
    {
        var flags = new Dictionary<string, FlagDefinition>(StringComparer.Ordinal);
        foreach (var (name, json) in root.JsonOfEach("flags"))
        {
            try
            {
                FlagValidation.CheckName(name);
                flags.Add(name, FlagDefinition.Parse(json?.ToJsonString() ?? "null"));
            }
            catch (MetadataException exception)
            {
                throw root.Section("flags").Error(name, $"is no flag: {exception.Message.TrimEnd('.')}");
            }
        }
        return flags;
    }
}
