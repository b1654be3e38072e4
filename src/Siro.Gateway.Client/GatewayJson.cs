using System.Text.Json;
using System.Text.Json.Serialization;
using Siro.Gateway.Client.Access;
using Siro.Gateway.Client.Calls;
using Siro.Gateway.Client.Events;
using Siro.Gateway.Client.Hosts;
using Siro.Gateway.Client.Links;
using Siro.Gateway.Client.People;
using Siro.Gateway.Client.Receiving;
using Siro.Gateway.Client.Recordings;
using Siro.Gateway.Client.Subscriptions;
using Siro.Gateway.Client.Sync;
using Siro.Gateway.Client.Uploads;

namespace Siro.Gateway.Client;

/// <summary>Every JSON shape of the package, generated at build: works trimmed and ahead of time compiled.</summary>
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(CallerInfo))]
[JsonSerializable(typeof(UploadMetadata))]
[JsonSerializable(typeof(UploadResult))]
[JsonSerializable(typeof(UploadView))]
[JsonSerializable(typeof(SiroPage<UploadView>))]
[JsonSerializable(typeof(CallRequest))]
[JsonSerializable(typeof(CallUpdate))]
[JsonSerializable(typeof(CallTicket))]
[JsonSerializable(typeof(CallView))]
[JsonSerializable(typeof(SiroPage<CallView>))]
[JsonSerializable(typeof(SubscriptionRequest))]
[JsonSerializable(typeof(Subscription))]
[JsonSerializable(typeof(SiroPage<Subscription>))]
[JsonSerializable(typeof(TestDelivery))]
[JsonSerializable(typeof(ReplayRequest))]
[JsonSerializable(typeof(ReplayResult))]
[JsonSerializable(typeof(PulledPage))]
[JsonSerializable(typeof(Acknowledgement))]
[JsonSerializable(typeof(LoggedEvent))]
[JsonSerializable(typeof(SiroPage<LoggedEvent>))]
[JsonSerializable(typeof(Delivery))]
[JsonSerializable(typeof(SiroPage<Delivery>))]
[JsonSerializable(typeof(SyncResult))]
[JsonSerializable(typeof(RecordingAnswer))]
[JsonSerializable(typeof(SiroPage<Person>))]
[JsonSerializable(typeof(RecordLinkRequest))]
[JsonSerializable(typeof(RecordLink))]
[JsonSerializable(typeof(SiroPage<ConversationTypeInfo>))]
[JsonSerializable(typeof(EventBody))]
[JsonSerializable(typeof(JsonElement))]
internal sealed partial class GatewayJson : JsonSerializerContext;
