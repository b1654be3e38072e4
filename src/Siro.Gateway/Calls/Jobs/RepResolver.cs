using Siro.Gateway.Common;
using Siro.Gateway.Configuration;
using Siro.Gateway.People;
using Siro.Gateway.SiroApi;

namespace Siro.Gateway.Calls.Jobs;

/// <summary>How the recording is attributed.</summary>
internal sealed record ResolvedRep(string? UserId, string? Email, string? Phone);

/// <summary>The attribution, or why there is none; <see cref="Missing"/> asks for a PATCH.</summary>
internal readonly record struct RepResolution(ResolvedRep? Rep, CallFailure? Missing)
{
    public static implicit operator RepResolution(ResolvedRep rep) => new(rep, null);

    public static implicit operator RepResolution(CallFailure missing) => new(null, missing);
}

/// <summary>
/// The rep becomes a Siro user id where People knows exactly one: by email, then phone, then CRM id (the phone guide: a userId links most
/// reliably).
/// Otherwise email or phone is passed on for Siro to try; a CRM id alone is something that Siro can't look up.
/// </summary>
internal sealed class RepResolver(PeopleDirectory people, ISettings<SiroOptions> siro)
{
    private static readonly CallFailure Nobody = new(
        "needs_rep", "Nothing says who the rep is, and Siro never processes a recording without one. PATCH the call with a rep.");

    /// <summary>
    /// The attribution, or why there is none. Throws <see cref="ProblemException"/> when the organization's users can't be read.
    /// </summary>
    public async Task<RepResolution> ResolveAsync(CallRecord call, CancellationToken cancellationToken)
    {
        var rep = call.Notice!.Rep;
        if (!string.IsNullOrEmpty(rep.UserId))
        {
            return new ResolvedRep(rep.UserId, null, null);
        }

        var region = siro.Current.Region(call.Organization);
        var other = PhoneNumber.ToE164(call.Notice.RepPhoneWithoutPlus, region);
        var phone = PhoneNumber.ToE164(rep.Phone, region) ?? other;
        foreach (
            var (key, value) in new[] { (PersonKey.Email, rep.Email), (PersonKey.Phone, phone), (PersonKey.ExternalId, rep.ExternalId) })
        {
            if (string.IsNullOrEmpty(value)
                || await people.FindAsync(call.Organization, key, value, call.Client, cancellationToken) is not [var one])
            {
                continue;
            }

            return key is PersonKey.Phone && other is not null && other != phone
                && await IsSomebodyElsesAsync(call, other, one, cancellationToken)
                ? new CallFailure("rep_ambiguous",
                    $"The rep's number came behind a blank, and {phone} and {other} are two people's. Send the plus as %2B; PATCH "
                    + "this call with its rep.")
                : new ResolvedRep(one.Id, null, null);
        }

        return string.IsNullOrEmpty(rep.Email) && phone is null ? Nobody : new ResolvedRep(null, rep.Email, phone);
    }

    private async Task<bool> IsSomebodyElsesAsync(CallRecord call, string phone, Person rep, CancellationToken cancellationToken) =>
        (await people.FindAsync(call.Organization, PersonKey.Phone, phone, call.Client, cancellationToken)).Any(p => p.Id != rep.Id);
}
