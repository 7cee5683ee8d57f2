using System.Diagnostics;

namespace Plumbline.Cli;

/// <summary>The browser of whoever sits at the machine.</summary>
internal static class Browser
{
    /// <summary>Opens the page, or says that nothing here can.</summary>
    public static void Open(Terminal terminal, string page)
    {
        try
        {
            using var browser = Process.Start(new ProcessStartInfo(page) { UseShellExecute = true });
        }
        catch (System.ComponentModel.Win32Exception)
        {
            terminal.Error.WriteLine("There is no browser here that could be opened.");
        }
    }
}
