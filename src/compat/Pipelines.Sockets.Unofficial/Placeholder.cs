namespace Pipelines.Sockets.Unofficial;
