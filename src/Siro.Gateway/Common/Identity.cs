namespace Siro.Gateway.Common;

/// <summary>An organization's name in the gateway's configuration (<c>Siro:Organizations:{key}</c>), compared without case.</summary>
public readonly record struct OrganizationKey
{
    /// <summary>Takes the name as configured or sent; kept in lower case, so that equal names are equal values.</summary>
    public OrganizationKey(string value) => Value = value.ToLowerInvariant();

    /// <summary>The name in lower case.</summary>
    public string Value { get; }

    /// <inheritdoc />
    public override string ToString() => Value;
}

/// <summary>A Siro user's id, as Siro spells it (never an email: those are resolved first).</summary>
public readonly record struct UserId(string Value)
{
    /// <inheritdoc />
    public override string ToString() => Value;
}

/// <summary>A client's name in the gateway's configuration (<c>Clients:{name}</c>).</summary>
public readonly record struct ClientName(string Value)
{
    /// <summary>The gateway itself, for work that no client asked for.</summary>
    public static ClientName Gateway { get; } = new("siro-gateway");

    /// <inheritdoc />
    public override string ToString() => Value;
}
