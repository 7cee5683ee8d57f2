namespace Plumbline.Server.Tests;

internal static class TestBundle
{
    public static string Directory => "/tmp/x";
}
