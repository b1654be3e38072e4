using System.Text.Json.Serialization;
using Siro.Gateway.Common;
using Siro.Gateway.People;

namespace Siro.Gateway.Calls;

/// <summary>The rep on the call; one of the four is enough.</summary>
public sealed record CallRep
{
    /// <summary>Siro's user id.</summary>
    public string? UserId { get; init; }

    /// <summary>Email, as at Siro.</summary>
    public string? Email { get; init; }

    /// <summary>Number, best as E.164; else read in the organization's region.</summary>
    public string? Phone { get; init; }

    /// <summary>The rep's id in the CRM.</summary>
    public string? ExternalId { get; init; }

    /// <summary>True when nothing says who it is.</summary>
    [JsonIgnore]
    public bool IsEmpty =>
        string.IsNullOrEmpty(UserId) && string.IsNullOrEmpty(Email) && string.IsNullOrEmpty(Phone) && string.IsNullOrEmpty(ExternalId);
}

/// <summary>The customer on the call; both for suggested links where no CRM objects are given.</summary>
public sealed record CallCustomer
{
    /// <summary>Name.</summary>
    public string? Name { get; init; }

    /// <summary>Number.</summary>
    public string? Phone { get; init; }
}

/// <summary>A CRM object to link the recording to.</summary>
public sealed record CallCrmObject(string? ObjectType, string? ObjectId);

/// <summary>"The call has ended", whoever said it: what is known of the call so far. A provider may be asked for the rest.</summary>
public sealed record CallNotice
{
    /// <summary>The provider's own id of the call or recording: the idempotency key.</summary>
    public required string SourceId { get; init; }

    /// <summary>Where the recording is; null where the provider has to be asked.</summary>
    public string? RecordingUrl { get; init; }

    /// <summary>When the call began.</summary>
    public DateTimeOffset? StartedAt { get; init; }

    /// <summary>The rep.</summary>
    public CallRep Rep { get; init; } = new();

    /// <summary>
    /// The rep's number read the other way, where it came in a query or a form behind a blank: <see cref="CallRep.Phone"/> reads the blank
    /// as the plus that it most likely was. Two people can't both be meant.
    /// </summary>
    public string? RepPhoneWithoutPlus { get; init; }

    /// <summary>The customer.</summary>
    public CallCustomer Customer { get; init; } = new();

    /// <summary>The recording's title.</summary>
    public string? Title { get; init; }

    /// <summary>A conversation type's UUID.</summary>
    public string? ConversationType { get; init; }

    /// <summary>The CRM connection.</summary>
    public string? IntegrationConnectionId { get; init; }

    /// <summary>CRM objects; need the connection.</summary>
    public IReadOnlyList<CallCrmObject>? CrmObjects { get; init; }

    /// <summary>What the provider needs to look the call up (its account and call ids).</summary>
    public IReadOnlyDictionary<string, string>? Lookup { get; init; }

    /// <summary>The same call with what <paramref name="later"/> knows where this one knows nothing; its URL is newer and wins.</summary>
    internal CallNotice With(CallNotice later) => this with
    {
        RecordingUrl = later.RecordingUrl ?? RecordingUrl,
        StartedAt = StartedAt ?? later.StartedAt,
        Rep = Rep.IsEmpty ? later.Rep : Rep,
        RepPhoneWithoutPlus = Rep.IsEmpty ? later.RepPhoneWithoutPlus : RepPhoneWithoutPlus,
        Customer = new CallCustomer { Name = Customer.Name ?? later.Customer.Name, Phone = Customer.Phone ?? later.Customer.Phone },
        Title = Title ?? later.Title,
    };

    /// <summary>The same call with another rep.</summary>
    internal CallNotice WithRep(CallRep rep, string? phoneWithoutPlus = null) =>
        this with { Rep = rep, RepPhoneWithoutPlus = phoneWithoutPlus };

    /// <summary>The same call, said in a query or a form: what blanks were pluses is put right.</summary>
    internal CallNotice FromForm() => this with
    {
        RecordingUrl = RecordingUrl is { } url ? PlusSign.Restored(url) : null,
        Rep = Rep with { Email = Rep.Email is { } email ? PlusSign.Restored(email) : null,
            Phone = PhoneNumber.WithPlus(Rep.Phone) ?? Rep.Phone },
        RepPhoneWithoutPlus = PhoneNumber.WithPlus(Rep.Phone) is null ? null : Rep.Phone!.Trim(),
        Customer = Customer with { Phone = PhoneNumber.WithPlus(Customer.Phone) ?? Customer.Phone },
    };

    /// <summary>Rep and customer by the call's direction: an outbound call is made by the rep.</summary>
    internal static (string? Rep, string? Customer) Sides(string? direction, string? from, string? to) =>
        direction?.StartsWith("out", StringComparison.OrdinalIgnoreCase) == true ? (from, to) : (to, from);
}
