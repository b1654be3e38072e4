using CrmWriter;
using CrmWriter.Inbox;
using Siro.Gateway.Client;
using Siro.Gateway.Client.Receiving;

var builder = WebApplication.CreateSlimBuilder(args);
builder.Services.ConfigureHttpJsonOptions(json => json.SerializerOptions.TypeInfoResolverChain.Insert(0, SampleJson.Default));
builder.Services.AddSiroGateway(builder.Configuration.GetSection("SiroGateway"));
builder.Services.AddSiroEvents(builder.Configuration.GetSection("SiroEvents"));
builder.Services.AddRedisInbox(builder.Configuration.GetConnectionString("redis") ?? "localhost");
var app = builder.Build();
app.MapCrmWriter();
app.Run();
