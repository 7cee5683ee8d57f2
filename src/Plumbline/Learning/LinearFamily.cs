namespace Plumbline.Learning;

/// <summary>Names of the linear families.</summary>
public static class LinearFamily
{
    /// <summary>Multinomial logistic regression.</summary>
    public const string Logistic = "logistic";

    /// <summary>Linear SVM with squared hinge loss, one class against the rest.</summary>
    public const string Svm = "svm";
}
