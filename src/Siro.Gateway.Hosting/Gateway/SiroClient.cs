using Aspire.Hosting.ApplicationModel;

namespace Siro.Gateway.Hosting;

/// <summary>A client of the gateway: one of the company's applications.</summary>
public sealed class SiroClient
{
    private int _keys;

    internal SiroClient(string name) => Name = name;

    /// <summary>Its name in the gateway's configuration, logs and budget.</summary>
    public string Name { get; }

    /// <summary>What it may do: words of <see cref="SiroPermissions"/>. At least one.</summary>
    public IList<string> Permissions { get; } = [];

    /// <summary>Its organization; may be left out where the gateway has only one.</summary>
    public string? Organization { get; set; }

    /// <summary>The Siro user (an id or an email) that it acts for where it names none. Default: the organization's.</summary>
    public string? DefaultUser { get; set; }

    /// <summary>The Siro users (ids or emails, <c>*</c> for any) that it may act for by <c>Siro-User</c>.</summary>
    public IList<string> Users { get; } = [];

    /// <summary>Its API key. Default: the parameter <c>{gateway}-{name}-api-key</c>, made where it has no value.</summary>
    public IResourceBuilder<ParameterResource>? ApiKey { get; set; }

    /// <summary>The place of a further key's hash.</summary>
    internal int NextKey() => Interlocked.Increment(ref _keys);
}
