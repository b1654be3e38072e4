using Siro.Gateway.Access;
using Siro.Gateway.SiroApi;

namespace Siro.Gateway.Proxy;

/// <summary>
/// Finds the operation that a method and a path are, and with it the permission. The published operations stand in operations.tsv.
/// What no row names: GET and HEAD need the host's <c>read</c>, everything else <c>admin</c> (on <c>external</c> its
/// <c>external:admin</c>),
/// and so does whatever lies under the platform's billing paths.
/// </summary>
internal sealed class OperationTable
{
    private static readonly string[] Methods = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];

    /// <summary>Money and licences: never a plain read.</summary>
    private static readonly string[] BillingPaths = ["billing", "billing-graph", "license", "licenses", "licence", "licences", "portal",
        "subscription", "subscriptions", "invoice", "invoices"];

    private readonly OperationTree _external = new();
    private readonly OperationTree _platform = new();
    private readonly Dictionary<(SiroHost Host, string Method, bool Billing), Operation> _unlisted = [];

    /// <summary>Reads the table from lines of host, method, template and permission, parted by tabs.</summary>
    public OperationTable(IEnumerable<string> lines)
    {
        foreach (var row in Read(lines))
        {
            TreeOf(row.Host == "external" ? SiroHost.External : SiroHost.Platform).Add(
                row.Method, row.Path, new Operation($"{row.Method} {row.Path}", row.Permission));
        }

        foreach (var host in Enum.GetValues<SiroHost>())
        {
            foreach (var method in Methods.Append("OTHER"))
            {
                _unlisted[(host, method, false)] = Unlisted(host, method, billing: false);
                _unlisted[(host, method, true)] = Unlisted(host, method, billing: true);
            }
        }
    }

    /// <summary>The table that the gateway was built with.</summary>
    public static OperationTable Published() => new(PublishedLines());

    /// <summary>The rows of that table.</summary>
    public static IEnumerable<OperationRow> PublishedRows() => Read(PublishedLines());

    private static string[] PublishedLines()
    {
        using var stream = typeof(OperationTable).Assembly.GetManifestResourceStream("Siro.Gateway.Proxy.operations.tsv")
            ?? throw new InvalidOperationException("operations.tsv is not embedded.");
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd().Split('\n');
    }

    private static IEnumerable<OperationRow> Read(IEnumerable<string> lines) => lines.Where(l => l.Length > 0 && l[0] != '#').Select(line =>
        line.Split('\t') is [var host, var method, var template, var permission]
            ? new OperationRow(host, method, template, permission)
            : throw new InvalidDataException($"operations.tsv has a line that is no operation: '{line}'"));

    /// <summary>
    /// The operation behind <paramref name="path"/>, the raw and already checked path after the host's prefix, without a query.
    /// Compared as a lenient upstream would: without case, unescaped, without a trailing slash or path parameters,
    /// so that no spelling of an operation asks for less than the operation does.
    /// </summary>
    public Operation Find(SiroHost host, string method, ReadOnlySpan<char> path)
    {
        var asked = method == "HEAD" ? "GET" : method;
        if (TreeOf(host).Find(asked, path) is { } operation)
        {
            return operation;
        }

        var billing = host != SiroHost.External && IsBilling(path, stackalloc char[PathSegments.MaxLength]);
        return _unlisted[(host, Array.IndexOf(Methods, method) < 0 ? "OTHER" : method, billing)];
    }

    private static Operation Unlisted(SiroHost host, string method, bool billing)
    {
        var external = host == SiroHost.External;
        var permission = billing ? Permissions.Admin
            : method is "GET" or "HEAD" ? external ? Permissions.ExternalRead : Permissions.PlatformRead
            : external ? Permissions.ExternalAdmin : Permissions.Admin;
        return new Operation($"{method} (unlisted)", permission);
    }

    /// <summary>
    /// True when one of the first two segments (<c>/v1/licenses/...</c>, <c>/licenses/...</c>) or <c>/vN/core/...</c>'s third is about
    /// money.
    /// </summary>
    private static bool IsBilling(ReadOnlySpan<char> rest, Span<char> buffer)
    {
        for (var depth = 0; depth < 3 && PathSegments.Next(ref rest, buffer, out var segment); depth++)
        {
            foreach (var word in BillingPaths)
            {
                if (segment.Equals(word, StringComparison.OrdinalIgnoreCase))
                {
                    return true;
                }
            }
        }

        return false;
    }

    private OperationTree TreeOf(SiroHost host) => host == SiroHost.External ? _external : _platform;
}

/// <summary>One published operation: a row of operations.tsv.</summary>
/// <param name="Host"><c>external</c> or <c>platform</c>, whose rows <c>internal</c> answers to as well.</param>
internal sealed record OperationRow(string Host, string Method, string Path, string Permission);
