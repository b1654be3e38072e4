using Siro.Gateway.Hosting;

var builder = DistributedApplication.CreateBuilder(args);
var redis = builder.AddLocalRedis("redis");
var siro = builder.AddSiroEmulator("siro");
var gateway = builder.AddSiroGateway("gateway")
    .WithRedis(redis)
    .WithSiro(siro)
    .WithClient("crm", SiroPermissions.ExternalRead, SiroPermissions.UploadsWrite, SiroPermissions.SyncWrite);

// A killed application is back within seconds; the schedule's third attempt would come after five minutes.
for (var attempt = 1; attempt < 8; attempt++)
{
    gateway.WithSetting($"Webhooks:RetrySchedule:{attempt}", "00:00:02");
}

// The native application has no project here: it was published from the packed client.
var program = builder.Configuration["Application"]!;
var crm = builder.AddExecutable("crm-writer", program, Path.GetDirectoryName(program)!)
    .WithHttpEndpoint(name: "http", env: "ASPNETCORE_HTTP_PORTS")
    .WithSiroGateway(gateway, "crm")
    .WithReference(redis)
    .WithEnvironment("KILL_ONCE", builder.Configuration["KillOnce"])
    .WithHttpHealthCheck("/health")
    .WaitFor(gateway);
gateway.WithSubscription("crm", crm, "/siro", "recording.ready");
builder.Build().Run();
