using Siro.Gateway.Common;
using Siro.Gateway.SiroApi;

namespace Siro.Gateway.Access;

/// <summary>
/// One client: <c>Clients:{name}</c>. It is found by its JWT's <c>azp</c>, <c>appid</c>, <c>client_id</c> or <c>sub</c>, or by its API key.
/// </summary>
public sealed class ClientOptions
{
    /// <summary>The ids under which the identity provider knows it.</summary>
    public List<string> ClientIds { get; set; } = [];

    /// <summary>
    /// Hashes of its API keys, <c>sha256:{64 hex digits}</c>; several while one is being replaced. Made by <c>api-key create</c>.
    /// </summary>
    public List<string> ApiKeyHashes { get; set; } = [];

    /// <summary>
    /// Its organization (a key of <c>Siro:Organizations</c>); may be left out where there is only one. A client with <c>*</c> chooses by
    /// <c>Siro-Organization</c>.
    /// </summary>
    public string? Organization { get; set; }

    /// <summary>What it may do: words of <see cref="Access.Permissions"/>. A JWT's <c>roles</c> narrow them, never widen.</summary>
    public List<string> Permissions { get; set; } = [];

    /// <summary>The Siro user (id or email) of its calls that name none.</summary>
    public string? DefaultUser { get; set; }

    /// <summary>The Siro users (ids or emails) it may name by <c>Siro-User</c>; <c>*</c> for any.</summary>
    public List<string> Users { get; set; } = [];

    /// <summary>Its share of the budget relative to other clients. Default 1, more than 0, at most 1000.</summary>
    public double Weight { get; set; } = 1;

    /// <summary>Its place in the budget's queue. Default interactive.</summary>
    public Priority Priority { get; set; } = Priority.Interactive;
}

/// <summary>The section <c>Clients</c>: clients by name.</summary>
public sealed class ClientsOptions : Dictionary<string, ClientOptions>
{
    public ClientsOptions()
        : base(StringComparer.OrdinalIgnoreCase)
    {
    }

    /// <summary>The client of that name, or null.</summary>
    public ClientOptions? Find(ClientName name) => this.GetValueOrDefault(name.Value);
}
