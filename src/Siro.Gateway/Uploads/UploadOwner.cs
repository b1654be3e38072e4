using Siro.Gateway.Common;
using Siro.Gateway.SiroApi;

namespace Siro.Gateway.Uploads;

/// <summary>Whose upload it is: the token is the acting user's, never chosen by the fields about the rep.</summary>
internal sealed record UploadOwner(OrganizationKey Organization, ClientName Client, UserId ActingUser)
{
    /// <summary>What every request of an upload to Siro has in common.</summary>
    public SiroRequest Request(string operation, bool idempotent) => new()
    {
        Organization = Organization,
        Host = SiroHost.Platform,
        Client = Client,
        ActingUser = ActingUser,
        Scope = TokenScope.Write,
        Priority = Priority.Batch,
        Operation = operation,
        Idempotent = idempotent,
    };
}
