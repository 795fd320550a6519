// Byzantine peers below the protocol, and in synchronisation: B4, B31-B33, B35, B38, B40.
#include "byzantine/strategies.h"
#include "engine/block_sync.h"
#include "engine/wire.h"

#include <utility>

namespace galen::byzantine {

namespace {

std::optional<engine::RangeReply> range_reply(const Outgoing& message) {
  if (message.channel != engine::Channel::kBulk) return std::nullopt;
  auto bulk = engine::decode_bulk_message(*message.bytes);
  auto* reply = bulk ? std::get_if<engine::RangeReply>(&*bulk) : nullptr;
  if (reply == nullptr) return std::nullopt;
  return std::move(*reply);
}

Outgoing replied(const Outgoing& message, engine::RangeReply reply) {
  const engine::BulkMessage bulk = std::move(reply);
  return {message.to,
          message.channel,
          std::make_shared<const Bytes>(engine::encode(bulk)),
          message.delay_ticks};
}

/// B4: nothing leaves.
class Silent final : public Forging {
 public:
  using Forging::Forging;

  void send(const Outgoing&, Outbox&) override {}
};

/// B31, B33: statuses with heights and views that are not so.
class FalseStatus final : public Forging {
 public:
  using Forging::Forging;

  void send(const Outgoing& message, Outbox& out) override {
    const auto inside = opened(message);
    const auto* status = inside ? std::get_if<pbft::StatusReport>(&*inside) : nullptr;
    if (status == nullptr) return out.push_back(message);
    pbft::StatusReport lie = *status;
    sim::Rng& rng = forge_.rng();
    constexpr std::uint64_t kHeights[] = {0, 1, 1000, 1ULL << 61U};
    lie.applied = Height{kHeights[rng.below(4)]};
    if (rng.below(2) == 0) lie.max_commit_height = Height{kHeights[rng.below(4)]};
    if (rng.below(3) == 0) lie.view = View{rng.below(1ULL << 61U)};
    if (rng.below(3) == 0) lie.timer_expired = true;
    for (View& view : lie.view_changes) view = View{rng.below(5)};
    out.push_back(repacked(message, lie));
  }
};

/// B32: damaged, misplaced and endless answers to requests for blocks.
class BadSync final : public Forging {
 public:
  using Forging::Forging;

  void send(const Outgoing& message, Outbox& out) override {
    if (message.channel != engine::Channel::kBulk) return out.push_back(message);
    auto bulk = engine::decode_bulk_message(*message.bytes);
    auto* reply = bulk ? std::get_if<engine::RangeReply>(&*bulk) : nullptr;
    if (reply == nullptr || reply->blocks.empty()) return out.push_back(message);
    engine::CertifiedBlock& block = reply->blocks[forge_.rng().below(reply->blocks.size())];
    switch (forge_.rng().below(5)) {
      case 0:
        if (!block.block.empty()) block.block[forge_.rng().below(block.block.size())] ^= 1U;
        break;
      case 1:
        block.certificate = forge_.certificate(block.certificate.subject, forge_.quorum());
        break;
      case 2: reply->blocks.erase(reply->blocks.begin()); break;
      case 3: return;
      default: block.certificate.subject.type = ledger::VoteType::kPrepare; break;
    }
    if (reply->blocks.empty()) return;
    out.push_back(
        {message.to, message.channel, std::make_shared<const Bytes>(engine::encode(*bulk)), 0});
  }
};

/// B32: answers every request for blocks with the first block only, kDelayTicks later.
template <std::uint64_t kDelayTicks>
class OneBlockSource final : public Forging {
 public:
  using Forging::Forging;

  void send(const Outgoing& message, Outbox& out) override {
    auto reply = range_reply(message);
    if (!reply || reply->blocks.empty()) return out.push_back(message);
    reply->blocks.resize(1);
    out.push_back(replied(message, *reply));
    out.back().delay_ticks += kDelayTicks;
  }
};

/// As late as is tolerated.
using SlowSource = OneBlockSource<engine::kSyncTimeoutTicks - 5>;
/// At once.
using ShortSource = OneBlockSource<0>;

/// B31, B32: claims to be far ahead of everybody, and has nothing when asked.
class BoastingSource final : public Forging {
 public:
  using Forging::Forging;

  void send(const Outgoing& message, Outbox& out) override {
    if (const auto reply = range_reply(message))
      return out.push_back(replied(message, engine::RangeReply{reply->from, {}}));
    const auto inside = opened(message);
    const auto* status = inside ? std::get_if<pbft::StatusReport>(&*inside) : nullptr;
    if (status == nullptr) return out.push_back(message);
    pbft::StatusReport boast = *status;
    boast.applied = Height{kMaxCounter};
    boast.max_commit_height = Height{kMaxCounter};
    out.push_back(repacked(message, boast));
  }
};

/// B35: bytes that are no message, or the beginning of one.
class Garbage final : public Forging {
 public:
  using Forging::Forging;

  void send(const Outgoing& message, Outbox& out) override {
    out.push_back(message);
    if (forge_.rng().below(4) != 0) return;
    Bytes bytes = *message.bytes;
    if (bytes.empty()) return;  // another strategy's, or its own once more
    if (forge_.rng().below(2) == 0) {
      bytes.resize(forge_.rng().below(bytes.size()));
    } else {
      forge_.rng().fill(bytes);
      bytes[0] = static_cast<std::uint8_t>(forge_.rng().below(12));
    }
    out.push_back(
        {message.to, message.channel, std::make_shared<const Bytes>(std::move(bytes)), 0});
  }
};

/// B36, B38, B39: everything it ever saw, again, to anybody.
class Replay final : public Forging {
 public:
  using Forging::Forging;

  void send(const Outgoing& message, Outbox& out) override {
    keep(message.channel, message.bytes);
    out.push_back(message);
  }

  bool receives(ValidatorIndex, engine::Channel channel, BytesView bytes) override {
    if (forge_.rng().below(4) == 0) keep(channel, std::make_shared<const Bytes>(to_bytes(bytes)));
    return true;
  }

  void tick(Outbox& out) override {
    if (seen_.empty() || forge_.rng().below(5) != 0) return;
    const auto& [channel, bytes] = seen_[forge_.rng().below(seen_.size())];
    const ValidatorIndex to = forge_.anybody();
    if (to != forge_.member().self) out.push_back({to, channel, bytes, 0});
  }

 private:
  void keep(engine::Channel channel, const engine::SharedBytes& bytes) {
    if (seen_.size() < 512) {
      seen_.emplace_back(channel, bytes);
    } else {
      seen_[forge_.rng().below(seen_.size())] = {channel, bytes};
    }
  }

  std::vector<std::pair<engine::Channel, engine::SharedBytes>> seen_;
};

/// B40: asks for everything, all the time.
class Amplify final : public Forging {
 public:
  using Forging::Forging;

  void send(const Outgoing& message, Outbox& out) override {
    const auto inside = opened(message);
    if (inside && std::holds_alternative<pbft::StatusReport>(*inside))
      status_ = std::get<pbft::StatusReport>(*inside);
    out.push_back(message);
  }

  void tick(Outbox& out) override {
    for (int i = 0; i < 3; ++i) {
      const ValidatorIndex to = forge_.anybody();
      if (to == forge_.member().self) continue;
      if (status_) forge_.send(to, *status_, out);
      const Height height{1 + forge_.rng().below(50)};
      forge_.send(to, pbft::BlockRequest{height, forge_.random_hash()}, out);
      const engine::BulkMessage range = engine::RangeRequest{height, 64};
      out.push_back(
          {to, engine::Channel::kBulk, std::make_shared<const Bytes>(engine::encode(range)), 0});
    }
  }

 private:
  std::optional<pbft::StatusReport> status_;
};

}  // namespace

std::vector<Entry> transport_strategies() {
  return {{"silent", "B4", make<Silent>},
          {"false-status", "B31 B33", make<FalseStatus>},
          {"bad-sync", "B32", make<BadSync>},
          {"slow-source", "B32", make<SlowSource>},
          {"short-source", "B32", make<ShortSource>},
          {"boasting-source", "B31 B32", make<BoastingSource>},
          {"garbage", "B35", make<Garbage>},
          {"replay", "B36 B38 B39", make<Replay>},
          {"amplify", "B40", make<Amplify>}};
}

}  // namespace galen::byzantine
