using Siro.Gateway.Client.Http;

namespace Siro.Gateway.Client.People;

/// <summary>Rep lookup: <c>/v1/people</c>.</summary>
public sealed class PeopleClient
{
    private readonly GatewayTransport _transport;

    internal PeopleClient(GatewayTransport transport) => _transport = transport;

    /// <summary>The Siro users with this email.</summary>
    public IAsyncEnumerable<Person> FindByEmailAsync(string email, CancellationToken cancellationToken = default) =>
        FindAsync("email", email, cancellationToken);

    /// <summary>The Siro users with this phone number, however it is written.</summary>
    public IAsyncEnumerable<Person> FindByPhoneAsync(string phone, CancellationToken cancellationToken = default) =>
        FindAsync("phone", phone, cancellationToken);

    /// <summary>The Siro users with this id in the CRM.</summary>
    public IAsyncEnumerable<Person> FindByExternalIdAsync(string externalId, CancellationToken cancellationToken = default) =>
        FindAsync("externalId", externalId, cancellationToken);

    private IAsyncEnumerable<Person> FindAsync(string by, string value, CancellationToken cancellationToken)
    {
        ArgumentException.ThrowIfNullOrEmpty(value);
        return _transport.ListAsync(Paths.Query("/v1/people", (by, value)), GatewayJson.Default.SiroPagePerson, cancellationToken);
    }
}

/// <summary>A Siro user.</summary>
public sealed record Person
{
    /// <summary>Siro's user id.</summary>
    public required string Id { get; init; }

    /// <summary>Email.</summary>
    public string? Email { get; init; }

    /// <summary>Phone number.</summary>
    public string? PhoneNumber { get; init; }

    /// <summary>First name.</summary>
    public string? FirstName { get; init; }

    /// <summary>Last name.</summary>
    public string? LastName { get; init; }

    /// <summary>The id in the CRM.</summary>
    public string? ExternalId { get; init; }

    /// <summary>Siro has disabled the user.</summary>
    public bool Disabled { get; init; }
}
