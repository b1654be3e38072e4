using System.Text;

namespace Siro.Emulator.Hosting;

/// <summary>
/// The 214 operations that Siro publishes. What the emulator does not act out answers with a small echo, after the same checks.
/// </summary>
public static class PublishedOperations
{
    /// <summary>Host, method and path template of each published operation.</summary>
    public static IReadOnlyList<(SiroHost Host, string Method, string Path)> All { get; } = Read();

    internal static void AddEchoes(RouteTable table, SiroHost host)
    {
        foreach (var (_, method, path) in All.Where(o => o.Host == host))
        {
            if (!table.Contains(method, path))
            {
                table.Add(method, path, static x => new(Answer.Ok(new
                {
                    data = new { operation = $"{x.Route.Route!.Method} {x.Route.Route.Template}", path = x.Path },
                })));
            }
        }
    }

    private static List<(SiroHost Host, string Method, string Path)> Read()
    {
        using var stream = typeof(PublishedOperations).Assembly.GetManifestResourceStream("published-operations.tsv")!;
        using var reader = new StreamReader(stream, Encoding.UTF8);
        var operations = new List<(SiroHost Host, string Method, string Path)>();
        while (reader.ReadLine() is { } line)
        {
            if (line.Split('\t') is [var host, var method, var path])
            {
                operations.Add((Enum.Parse<SiroHost>(host, ignoreCase: true), method, path));
            }
        }

        return operations;
    }
}
