using System.Collections.Concurrent;
using System.Diagnostics;
using CrmWriter;
using CrmWriter.Inbox;
using Siro.Gateway.Client;
using Siro.Gateway.Client.Receiving;

// The sample's Program, and a kill between handling and acknowledging: once, which the file that KILL_ONCE names tells.
var builder = WebApplication.CreateSlimBuilder(args);
builder.Services.ConfigureHttpJsonOptions(json => json.SerializerOptions.TypeInfoResolverChain.Insert(0, SampleJson.Default));
builder.Services.AddSiroGateway(builder.Configuration.GetSection("SiroGateway"));
builder.Services.AddSiroEvents(builder.Configuration.GetSection("SiroEvents"));
builder.Services.AddRedisInbox(builder.Configuration.GetConnectionString("redis") ?? "localhost");
var app = builder.Build();
var marker = builder.Configuration["KILL_ONCE"];
var acknowledged = new ConcurrentDictionary<string, int>(StringComparer.Ordinal);
app.Use(async (context, next) =>
{
    await next(context);
    if (context.Request.Path != "/siro" || context.Response.StatusCode != StatusCodes.Status204NoContent)
    {
        return;
    }

    var id = context.Request.Headers["webhook-id"].ToString();
    if (marker is not null && !File.Exists(marker))
    {
        await File.WriteAllTextAsync(marker, id);
        using var self = Process.GetCurrentProcess();
        self.Kill();
    }

    acknowledged.AddOrUpdate(id, 1, static (_, count) => count + 1);
});
app.MapCrmWriter();

// Deliveries that this process has acknowledged.
app.MapGet(
    "/acknowledged/{id}", (string id) => acknowledged.TryGetValue(id, out var count) ? Results.Text($"{count}") : Results.NotFound());
app.Run();
