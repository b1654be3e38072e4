namespace Siro.Gateway.Configuration;

/// <summary>
/// Settings that nothing reads: most are slips of the pen (<c>ApiKeyHash</c>). They are told and not refused, because a file may be
/// older or newer than the program. Outside of the gateway's own sections the environment is everybody's, so only gateway.json is looked at
/// there.
/// </summary>
internal static class UnreadSettings
{
    // What the framework reads of the same file.
    private static readonly string[] Framework =
        ["$schema", "ReverseProxy", "Logging", "Kestrel", "AllowedHosts", "Urls", "Http_Ports", "Https_Ports", "Environment",
            "ApplicationName", "ContentRoot", "HostOptions"];

    /// <summary>Each by its path and with what may have been meant; a value is never repeated.</summary>
    public static IReadOnlyList<ValidationError> Find(IConfiguration configuration, IReadOnlyCollection<(string Path, Type Type)> sections)
    {
        var unread = sections.SelectMany(s => SettingsForm.Unread(configuration.GetSection(s.Path), s.Type)).ToList();
        string[] known = [.. sections.Select(s => s.Path), .. Framework];
        unread.AddRange(TopOfFile(configuration).Where(k => !known.Contains(k, StringComparer.OrdinalIgnoreCase)).Select(
            k => (k, known.AsEnumerable())));

        // Siro's hosts have fixed routes.
        unread.AddRange(configuration.GetSection("ReverseProxy").GetChildren().Where(
            c => !c.Key.Equals("Clusters", StringComparison.OrdinalIgnoreCase)).Select(c => (c.Path, (IEnumerable<string>)["Clusters"])));
        return [.. unread.Select(
            u => new ValidationError(u.Path, "is not a setting of the gateway and is ignored" + Meant(u.Path, u.Known)))];
    }

    private static IEnumerable<string> TopOfFile(IConfiguration configuration) =>
        (configuration as IConfigurationRoot)?.Providers.OfType<GatewayFile.Provider>()
            .SelectMany(p => p.GetChildKeys([], parentPath: null)).Distinct(StringComparer.OrdinalIgnoreCase) ?? [];

    private static string Meant(string path, IEnumerable<string> known)
    {
        var name = path[(path.LastIndexOf(':') + 1)..];
        var nearest = known.Select(k => (Name: k, Distance: Distance(name.ToUpperInvariant(), k.ToUpperInvariant())))
            .OrderBy(k => k.Distance).FirstOrDefault();
        return nearest.Name is not null && nearest.Distance <= Math.Max(2, name.Length / 4)
            ? $"; did you mean {path[..^name.Length]}{nearest.Name}?"
            : "";
    }

    /// <summary>Letters to insert, leave out or replace on the way from one to the other.</summary>
    private static int Distance(string from, string to)
    {
        var row = Enumerable.Range(0, to.Length + 1).ToArray();
        for (var i = 1; i <= from.Length; i++)
        {
            (var diagonal, row[0]) = (row[0], i);
            for (var j = 1; j <= to.Length; j++)
            {
                (diagonal, row[j]) = (row[j], Math.Min(Math.Min(row[j], row[j - 1]) + 1, diagonal + (from[i - 1] == to[j - 1] ? 0 : 1)));
            }
        }

        return row[^1];
    }
}
