namespace Plumbline.Registry;

/// <summary>Where older clients of MLflow say that a version stands; aliases have taken their place.</summary>
public enum ModelStage
{
    None,
    Staging,
    Production,
    Archived,
}
