#include "rpc/server.h"

#include "base/limits.h"
#include "net/frame.h"
#include "rpc/services.h"

#include <grpcpp/ext/proto_server_reflection_plugin.h>
#include <grpcpp/health_check_service_interface.h>
#include <grpcpp/impl/server_builder_option.h>
#include <grpcpp/impl/service_type.h>
#include <grpcpp/resource_quota.h>
#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

namespace galen::rpc {
namespace {

constexpr int kMaxConcurrentStreams = 128;  // per connection
constexpr int kMaxMetadataBytes = 16 * 1024;
constexpr int kHandshakeTimeoutMs = 10'000;
constexpr int kKeepaliveTimeMs = 20'000;
constexpr int kKeepaliveTimeoutMs = 10'000;
constexpr int kMinPingIntervalMs = 5000;
constexpr int kConnectionGraceMs = 10'000;
constexpr auto kCallerWatchPeriod = std::chrono::seconds(1);
constexpr int kFramingBytes = 1024;  // of proto around the largest message

/// Linking gRPC's reflection library switches it on for every server of the process: this takes it
/// out again, or lets one in.
class ReflectionOption final : public grpc::ServerBuilderOption {
 public:
  explicit ReflectionOption(bool on) : on_(on) {}

  void UpdateArguments(grpc::ChannelArguments* /*arguments*/) override {}

  void UpdatePlugins(std::vector<std::unique_ptr<grpc::ServerBuilderPlugin>>* plugins) override {
    auto plugin = std::make_unique<grpc::reflection::ProtoServerReflectionPlugin>();
    const std::string name = plugin->name();
    std::erase_if(*plugins, [&](const auto& other) { return other->name() == name; });
    if (on_) plugins->push_back(std::move(plugin));
  }

 private:
  bool on_;
};

void set_limits(grpc::ServerBuilder& builder, const ServerOptions& options) {
  // The peers' blocks are the largest; the services check their own, smaller limits.
  builder.SetMaxReceiveMessageSize(static_cast<int>(net::kMaxFrameBodyBytes) + kFramingBytes);
  builder.AddChannelArgument(GRPC_ARG_MAX_CONCURRENT_STREAMS, kMaxConcurrentStreams);
  builder.AddChannelArgument(GRPC_ARG_MAX_METADATA_SIZE, kMaxMetadataBytes);
  builder.AddChannelArgument(GRPC_ARG_SERVER_HANDSHAKE_TIMEOUT_MS, kHandshakeTimeoutMs);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIME_MS, kKeepaliveTimeMs);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, kKeepaliveTimeoutMs);
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS,
                             kMinPingIntervalMs);
  builder.AddChannelArgument(GRPC_ARG_MAX_CONNECTION_AGE_MS,
                             static_cast<int>(options.max_connection_age.count()));
  builder.AddChannelArgument(GRPC_ARG_MAX_CONNECTION_AGE_GRACE_MS, kConnectionGraceMs);
  grpc::ResourceQuota quota("galen");
  quota.Resize(options.memory_bytes);
  builder.SetResourceQuota(quota);
}

TimeMs wall_clock() {
  const auto since = std::chrono::system_clock::now().time_since_epoch();
  return TimeMs{static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::milliseconds>(since).count())};
}

/// Looks at the callers of all lasting calls again, once in a second, so that a suspended
/// organisation or an old key has none open 5 s after the block (IDC-3).
class CallerWatch {
 public:
  explicit CallerWatch(DeskPtr desk) : desk_(std::move(desk)), thread_([this] { run(); }) {}

  ~CallerWatch() {
    {
      const std::lock_guard lock(mutex_);
      stopped_ = true;
    }
    wake_.notify_all();
    thread_.join();
  }

  CallerWatch(const CallerWatch&) = delete;
  CallerWatch& operator=(const CallerWatch&) = delete;

 private:
  void run() {
    std::unique_lock lock(mutex_);
    while (!wake_.wait_for(lock, kCallerWatchPeriod, [this] { return stopped_; })) {
      lock.unlock();
      desk_->open.end_refused([this](const net::PeerIdentity& identity) {
        const auto caller = desk_->callers.identify(identity);
        return caller ? std::nullopt : std::optional(caller.error());
      });
      lock.lock();
    }
  }

  DeskPtr desk_;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool stopped_ = false;
  std::thread thread_;  // last: it uses the others
};

}  // namespace

struct Server::Parts {
  DeskPtr desk;
  std::vector<std::unique_ptr<grpc::Service>> services;
  std::unique_ptr<grpc::Server> server;
  std::unique_ptr<CallerWatch> watch;
  std::unique_ptr<grpc::experimental::ExternalConnectionAcceptor> handing;
  std::unique_ptr<Acceptor> acceptor;
  bool stopped = false;
};

Server::Server(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}

Server::~Server() {
  stop(std::chrono::milliseconds(0));
}

Result<std::unique_ptr<Server>> Server::start(const ServerOptions& options, Backend& backend) {
  GALEN_TRY_STATUS(net::check_identity(options.identity, wall_clock()));
  auto parts = std::make_unique<Parts>();
  AcceptorLimits limits = options.connections;
  limits.unanswered = std::chrono::milliseconds(kKeepaliveTimeoutMs);
  GALEN_TRY(parts->acceptor, Acceptor::listen(options.listen, limits, options.note));
  parts->desk = std::make_shared<Desk>(backend, options);
  parts->services.push_back(make_ledger_service(parts->desk));
  parts->services.push_back(make_consent_service(parts->desk));
  parts->services.push_back(make_records_service(parts->desk));
  parts->services.push_back(make_audit_service(parts->desk));
  parts->services.push_back(make_erasure_service(parts->desk));
  parts->services.push_back(make_payload_service(parts->desk));
  parts->services.push_back(make_emergency_service(parts->desk));
  parts->services.push_back(make_identity_service(parts->desk));
  grpc::EnableDefaultHealthCheckService(true);
  grpc::ServerBuilder builder;
  set_limits(builder, options);
  builder.SetOption(std::make_unique<ReflectionOption>(options.reflection));
  for (const auto& service : parts->services) builder.RegisterService(service.get());
  for (grpc::Service* service : options.services) builder.RegisterService(service);
  parts->handing = builder.experimental().AddExternalConnectionAcceptor(
      grpc::ServerBuilder::experimental_type::ExternalConnectionType::FROM_FD,
      net::make_server_credentials(options.identity));
  parts->server = builder.BuildAndStart();
  if (!parts->server) return fail(ErrorCode::kConfig, "gRPC does not start a server");
  parts->acceptor->run([handing = parts->handing.get()](int descriptor) {
    grpc::experimental::ExternalConnectionAcceptor::NewConnectionParameters connection;
    connection.fd = descriptor;
    handing->HandleNewConnection(&connection);
  });
  parts->watch = std::make_unique<CallerWatch>(parts->desk);
  return std::unique_ptr<Server>(new Server(std::move(parts)));
}

std::uint16_t Server::port() const {
  return parts_->acceptor->port();
}

ConnectionCounts Server::connections() const {
  return parts_->acceptor->counts();
}

std::map<AccountId, std::uint64_t> Server::refused_queries() const {
  return parts_->desk->refused_queries.all();
}

void Server::head_changed() {
  parts_->desk->events.wake();
}

void Server::set_serving(bool serving) {
  parts_->server->GetHealthCheckService()->SetServingStatus(serving);
}

void Server::stop(std::chrono::milliseconds grace) {
  if (std::exchange(parts_->stopped, true)) return;
  parts_->acceptor->stop();
  parts_->watch.reset();
  parts_->desk->stopping = true;
  parts_->server->GetHealthCheckService()->Shutdown();
  parts_->desk->open.end_all();
  parts_->desk->events.stop();
  parts_->server->Shutdown(std::chrono::system_clock::now() + grace);
}

}  // namespace galen::rpc
