using System.Text.Json;
using System.Text.Json.Serialization;
using Siro.Gateway.Client.Hosts;

namespace Siro.Gateway.IntegrationTests.ClientPackage;

/// <summary>An application's own types, as it gives them to the package.</summary>
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(JsonElement))]
[JsonSerializable(typeof(SiroPage<JsonElement>))]
internal sealed partial class TestJson : JsonSerializerContext;
