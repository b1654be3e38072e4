using Siro.Gateway.Common;

namespace Siro.Gateway.Calls;

/// <summary>Whose call it is.</summary>
/// <param name="ActingUser">Of a caller that gave it; for a source's call it is decided when the call runs (<c>CallUsers</c>).</param>
internal sealed record CallOwner(OrganizationKey Organization, ClientName Client, UserId? ActingUser, string? Source);
