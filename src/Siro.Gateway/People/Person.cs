namespace Siro.Gateway.People;

/// <summary>A Siro user, as <c>GET /v1/core/users</c> describes it.</summary>
public sealed record Person
{
    /// <summary>Siro's id of the user.</summary>
    public required string Id { get; init; }

    /// <summary>The login, or null.</summary>
    public string? Email { get; init; }

    /// <summary>As Siro has it; lookups compare as E.164.</summary>
    public string? PhoneNumber { get; init; }

    /// <summary>First name, or null.</summary>
    public string? FirstName { get; init; }

    /// <summary>Last name, or null.</summary>
    public string? LastName { get; init; }

    /// <summary>The rep's id in the CRM, or null.</summary>
    public string? ExternalId { get; init; }

    /// <summary>True for a user that the organization has switched off.</summary>
    public bool Disabled { get; init; }
}

/// <summary>By what a person is looked up.</summary>
public enum PersonKey
{
    /// <summary>Siro's user id.</summary>
    Id,

    /// <summary>Email, without regard to case.</summary>
    Email,

    /// <summary>Phone number, as E.164.</summary>
    Phone,

    /// <summary>The CRM's id.</summary>
    ExternalId,
}

/// <summary>The people found: none, one, or several, which is an answer and not a guess.</summary>
public sealed record PersonList(IReadOnlyList<Person> Data, string? Cursor);
