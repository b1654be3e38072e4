using Siro.Gateway.Common;
using Siro.Gateway.Configuration;
using Siro.Gateway.People;
using Siro.Gateway.SiroApi;

namespace Siro.Gateway.Calls.Jobs;

/// <summary>How the recording is attributed.</summary>
internal sealed record ResolvedRep(string? UserId, string? Email, string? Phone);

/// <summary>
/// The rep becomes a Siro user id where People knows exactly one: by email, then phone, then CRM id (the phone guide: a userId links most reliably).
/// Otherwise email or phone is passed on for Siro to try; a CRM id alone is something that Siro can't look up.
/// </summary>
internal sealed class RepResolver(PeopleDirectory people, ISettings<SiroOptions> siro)
{
    /// <summary>The attribution, or null when nothing identifies a rep. Throws <see cref="ProblemException"/> when the roster can't be read.</summary>
    public async Task<ResolvedRep?> ResolveAsync(CallRecord call, CancellationToken cancellationToken)
    {
        var rep = call.Notice!.Rep;
        if (!string.IsNullOrEmpty(rep.UserId))
        {
            return new ResolvedRep(rep.UserId, null, null);
        }

        var phone = PhoneNumber.ToE164(rep.Phone, siro.Current.Find(call.Organization)?.DefaultRegion ?? "US");
        foreach (var (key, value) in new[] { (PersonKey.Email, rep.Email), (PersonKey.Phone, phone), (PersonKey.ExternalId, rep.ExternalId) })
        {
            if (!string.IsNullOrEmpty(value) && await people.FindAsync(call.Organization, key, value, call.Client, cancellationToken) is [var one])
            {
                return new ResolvedRep(one.Id, null, null);
            }
        }

        return string.IsNullOrEmpty(rep.Email) && phone is null ? null : new ResolvedRep(null, rep.Email, phone);
    }
}
