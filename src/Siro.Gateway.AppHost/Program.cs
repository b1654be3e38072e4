using Siro.Gateway.AppHost;
using Siro.Gateway.Hosting;

var builder = DistributedApplication.CreateBuilder(args);

var redis = builder.AddRedisOrLocal("redis");
var siro = builder.AddSiroEmulator("siro");
var gateway = builder.AddSiroGateway("gateway")
    .WithRedis(redis)
    .WithSiro(siro)
    .WithClient("crm", SiroPermissions.ExternalRead, SiroPermissions.UploadsWrite, SiroPermissions.SyncWrite);

var crm = builder.AddProject<Projects.CrmWriter>("crm-writer")
    .WithSiroGateway(gateway, "crm")
    .WithReference(redis)
    .WithHttpHealthCheck("/health")
    .WaitFor(gateway);
gateway.WithSubscription("crm", crm, "/siro", "recording.ready");

builder.Build().Run();
