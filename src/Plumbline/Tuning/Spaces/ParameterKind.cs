namespace Plumbline.Tuning.Spaces;

public enum ParameterKind
{
    Boolean,
    Int,
    Float,
    Text,
}
