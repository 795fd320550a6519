#include "net/peer_transport.h"

#include "base/check.h"
#include "net/inbound_streams.h"
#include "net/outbound_link.h"

#include <grpcpp/impl/service_type.h>

#include <array>
#include <mutex>
#include <utility>

namespace galen::net {
namespace {

constexpr std::array<engine::Channel, 2> kChannels = {engine::Channel::kConsensus,
                                                      engine::Channel::kBulk};

std::string method_of(engine::Channel channel) {
  return channel == engine::Channel::kConsensus ? "/galen.v1.Peer/Consensus"
                                                : "/galen.v1.Peer/Bulk";
}

/// Both links to one peer, and whether that was reported as connected.
struct Peer {
  std::array<std::shared_ptr<OutboundLink>, 2> links;
  std::mutex mutex;
  bool reported = false;

  [[nodiscard]] bool up() const { return links[0] && links[0]->up() && links[1]->up(); }

  [[nodiscard]] const std::shared_ptr<OutboundLink>& link(engine::Channel channel) const {
    return links[channel == engine::Channel::kConsensus ? 0 : 1];
  }
};

}  // namespace

struct PeerTransport::Parts {
  PeerTransportOptions options;
  PeerCallbacks callbacks;
  std::unique_ptr<InboundStreams> inbound;
  std::vector<std::unique_ptr<Peer>> peers;  // by ValidatorIndex; the own place has no links

  void report(ValidatorIndex index) {
    Peer& peer = *peers[index.value];
    const std::lock_guard lock(peer.mutex);
    const bool up = peer.up();
    if (up == peer.reported) return;
    peer.reported = up;
    if (callbacks.connection) callbacks.connection(index, up);
  }

  [[nodiscard]] LinkSettings link_settings(ValidatorIndex index, engine::Channel channel) {
    LinkSettings settings;
    settings.address = options.addresses[index.value];
    settings.method = method_of(channel);
    settings.queue_bytes = options.queue_bytes;
    settings.queue_messages = options.queue_messages;
    settings.changed = [this, index](bool /*up*/) { report(index); };
    settings.ended = [this, index](const std::string& why) {
      if (callbacks.note) {
        callbacks.note("stream to peer " + std::to_string(index.value) + " ended: " + why);
      }
    };
    return settings;
  }
};

PeerTransport::PeerTransport(PeerTransportOptions options, PeerCallbacks callbacks)
    : parts_(std::make_unique<Parts>()) {
  const std::size_t count = options.validators.size();
  CHECK(options.addresses.size() == count, "one address per validator");
  CHECK(options.self.value < count, "the own index is a validator's");
  CHECK(callbacks.message != nullptr, "a message handler");
  parts_->inbound = std::make_unique<InboundStreams>(InboundSettings{
      options.self, options.validators, options.window_messages, options.window_bytes, callbacks});
  parts_->options = std::move(options);
  parts_->callbacks = std::move(callbacks);
  for (std::size_t i = 0; i < count; ++i) {
    parts_->peers.push_back(std::make_unique<Peer>());
    if (i == parts_->options.self.value) continue;
    for (std::size_t c = 0; c < kChannels.size(); ++c) {
      const ValidatorIndex index{static_cast<std::uint16_t>(i)};
      parts_->peers[i]->links[c] =
          std::make_shared<OutboundLink>(parts_->link_settings(index, kChannels[c]),
                                         parts_->options.identity,
                                         parts_->options.validators.members[i].tls_key);
    }
  }
}

PeerTransport::~PeerTransport() {
  stop();
}

grpc::Service& PeerTransport::service() {
  return parts_->inbound->service();
}

void PeerTransport::start() {
  for (const auto& peer : parts_->peers) {
    for (const auto& link : peer->links) {
      if (link) link->start();
    }
  }
}

void PeerTransport::stop() {
  for (const auto& peer : parts_->peers) {
    for (const auto& link : peer->links) {
      if (link) link->stop();
    }
  }
  parts_->inbound->stop();
}

void PeerTransport::send(ValidatorIndex to, engine::Channel channel, engine::SharedBytes message) {
  if (to.value >= parts_->peers.size() || to == parts_->options.self) return;
  if (!message || message->empty()) return;
  parts_->peers[to.value]->link(channel)->send(std::move(message));
}

bool PeerTransport::connected(ValidatorIndex peer) const {
  return peer.value < parts_->peers.size() && parts_->peers[peer.value]->up();
}

PeerCounters PeerTransport::counters(ValidatorIndex peer, engine::Channel channel) const {
  PeerCounters counters;
  if (peer.value >= parts_->peers.size() || peer == parts_->options.self) return counters;
  parts_->peers[peer.value]->link(channel)->add_counters(counters);
  parts_->inbound->add_counters(peer, channel, counters);
  return counters;
}

}  // namespace galen::net
