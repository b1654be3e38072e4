using Siro.Gateway.Common;
using Siro.Gateway.SiroApi;

namespace Siro.Gateway.Credentials;

/// <summary>
/// Siro answered 401 to an organization's token: perhaps it was replaced. Files are followed anyway, but not every volume
/// tells of a change (a mounted secret is swapped by a link), so the sources are read again, rarely.
/// </summary>
internal sealed partial class OrganizationTokenReload(
    OrganizationCredentials organizations, IConfiguration configuration, TimeProvider time, CredentialTimings timings,
    ILogger<OrganizationTokenReload> logger)
{
    private readonly Lock _gate = new();
    private long? _readAt;

    /// <summary>True when another token is configured by now, so that sending again is worth it.</summary>
    public bool IsReplaced(OrganizationKey organization, SiroCredential refused)
    {
        if (Differs(organization, refused))
        {
            return true;
        }

        lock (_gate)
        {
            // Somebody may have read while this one waited.
            if (Differs(organization, refused))
            {
                return true;
            }

            if (_readAt is { } last && time.GetElapsedTime(last) < timings.Reread)
            {
                return false;
            }

            _readAt = time.GetTimestamp();
            Log.Refused(logger, organization);
            (configuration as IConfigurationRoot)?.Reload();
        }

        return Differs(organization, refused);
    }

    private bool Differs(OrganizationKey organization, SiroCredential refused) =>
        organizations.TryFind(organization, out var now) && now.Token is { } token && token.BudgetKey != refused.BudgetKey;

    private static partial class Log
    {
        [LoggerMessage(1403, LogLevel.Error, "Siro refuses the organization token of {Organization}; the configuration is read again")]
        public static partial void Refused(ILogger logger, OrganizationKey organization);
    }
}
