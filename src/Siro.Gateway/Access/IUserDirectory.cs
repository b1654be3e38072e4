using Siro.Gateway.Common;

namespace Siro.Gateway.Access;

/// <summary>
/// Finds a Siro user by what a caller or an operator wrote. Declared by Access; implemented over the organization's users.
/// </summary>
public interface IUserDirectory
{
    /// <summary>
    /// The user behind an id or an email of that organization. An id is taken as it is: Siro itself judges it when a token is minted.
    /// </summary>
    ValueTask<UserLookup> ResolveAsync(OrganizationKey organization, string idOrEmail, CancellationToken cancellationToken);
}

/// <summary>What became of looking a user up.</summary>
public enum UserLookupOutcome
{
    /// <summary>Found: <see cref="UserLookup.User"/> is set.</summary>
    Found,

    /// <summary>The organization has no such user.</summary>
    Unknown,

    /// <summary>Several users fit; choosing one would be guessing.</summary>
    Ambiguous,

    /// <summary>The organization's users can't be read now.</summary>
    Unavailable,
}

/// <summary>The answer of <see cref="IUserDirectory"/>.</summary>
public readonly record struct UserLookup(UserLookupOutcome Outcome, UserId? User)
{
    /// <summary>This one.</summary>
    public static UserLookup Of(UserId user) => new(UserLookupOutcome.Found, user);

    /// <summary>None.</summary>
    public static UserLookup Unknown { get; } = new(UserLookupOutcome.Unknown, null);

    /// <summary>Several.</summary>
    public static UserLookup Ambiguous { get; } = new(UserLookupOutcome.Ambiguous, null);

    /// <summary>Not to be known now.</summary>
    public static UserLookup Unavailable { get; } = new(UserLookupOutcome.Unavailable, null);
}
