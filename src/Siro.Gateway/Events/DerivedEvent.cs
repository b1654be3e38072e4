using System.Buffers.Text;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Siro.Gateway.Common;

namespace Siro.Gateway.Events;

/// <summary>An event that the gateway makes: in the shape of Siro's, with an id that is the same whoever makes it and how often.</summary>
internal sealed record DerivedEvent(string Id, string Type, string? RecordingId, string Source, byte[] Body)
{
    /// <summary><c>recording.ready</c> or <c>recording.deleted</c>.</summary>
    public static DerivedEvent OfRecording(
        OrganizationKey organization, string type, string recordingId, RecordingState state, EventSource source)
    {
        var from = source == EventSource.Webhook ? "webhook" : "reconciliation";
        return new DerivedEvent(StableId(organization, type, recordingId), type, recordingId, from, Write(json =>
        {
            json.WriteString("recordingId", recordingId);
            if (state.SiroUserId is { } user)
            {
                json.WriteString("siroUserId", user);
            }

            json.WriteBoolean("recordingProcessed", state.Processed);
            json.WriteBoolean("recordingLinked", state.Linked);
            json.WriteString("eventType", type);
            if (state.Crm.ValueKind == JsonValueKind.Object)
            {
                json.WritePropertyName("crm");
                state.Crm.WriteTo(json);
            }

            json.WriteString("source", from);
        }));
    }

    /// <summary>
    /// <c>subscription.disabled</c>; <paramref name="revision"/>, the one that was disabled, makes the id that of this one time.
    /// </summary>
    public static DerivedEvent OfDisabled(
        OrganizationKey organization, string subscription, long revision, string? owner, string reason, string? description) =>
        new(StableId(organization, EventTypes.SubscriptionDisabled, subscription + "|" + revision.ToString(CultureInfo.InvariantCulture)),
            EventTypes.SubscriptionDisabled, null, "gateway", Write(json =>
        {
            json.WriteString("eventType", EventTypes.SubscriptionDisabled);
            json.WriteString("subscriptionId", subscription);
            json.WriteString("reason", reason);
            if (owner is not null)
            {
                json.WriteString("client", owner);
            }

            if (description is not null)
            {
                json.WriteString("description", description);
            }

            json.WriteString("source", "gateway");
        }));

    /// <summary>An event about the gateway itself; its id is given, because who makes it knows what is once.</summary>
    public static DerivedEvent Notice(string id, string type, Action<Utf8JsonWriter> members) =>
        new(id, type, null, "gateway", Write(members));

    /// <summary>What a test sends: recognizable, and about nothing real.</summary>
    public static DerivedEvent Test(string id, string subscription) => new(id, EventTypes.Test, null, "gateway", Write(json =>
    {
        json.WriteString("recordingId", "test");
        json.WriteBoolean("recordingProcessed", false);
        json.WriteBoolean("recordingLinked", false);
        json.WriteString("eventType", EventTypes.Test);
        json.WriteString("subscriptionId", subscription);
        json.WriteString("source", "gateway");
    }));

    /// <summary>The body with <c>recording</c> at its end.</summary>
    public static byte[] Enriched(ReadOnlyMemory<byte> body, Action<Utf8JsonWriter> recording) => Write(json =>
    {
        foreach (var property in Payload.Parse(body).EnumerateObject())
        {
            property.WriteTo(json);
        }

        json.WriteStartObject("recording");
        recording(json);
        json.WriteEndObject();
    });

    private static string StableId(OrganizationKey organization, string type, string subject) =>
        "evt_" + Base64Url.EncodeToString(SHA256.HashData(Encoding.UTF8.GetBytes($"{organization.Value}|{type}|{subject}")).AsSpan(0, 18));

    private static byte[] Write(Action<Utf8JsonWriter> members)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            members(json);
            json.WriteEndObject();
        }

        return buffer.ToArray();
    }
}
