#include "client/light_client.h"

#include "base/hex.h"
#include "client/event_follower.h"
#include "client/evidence.h"
#include "client/state_file.h"

#include <chrono>
#include <optional>
#include <utility>

namespace galen::client {

namespace {

/// A trusted head is written so often while catching up, and whenever there is nothing to do.
constexpr std::uint64_t kHeadersPerSave = 256;

HeaderView view_of(const Session& session, const ledger::CertifiedHeader& head) {
  HeaderView view;
  view.height = head.header.height.value;
  view.hash = to_hex(head.certificate.subject.block);
  view.parent = to_hex(head.header.parent);
  view.time_ms = head.header.time.value;
  view.epoch = head.header.epoch.value;
  view.state_root = to_hex(head.header.state_root);
  view.signers = signers_of(session, head.certificate);
  return view;
}

class LightClient {
 public:
  LightClient(Session& session, const FollowOptions& options, const HeaderSink& sink)
      : session_(session), options_(options), sink_(sink), chain_(session.genesis()) {}

  Result<FollowEnd> run() {
    GALEN_TRY_STATUS(load());
    FollowerOptions follower_options;
    EventQuery& query = follower_options.query;
    query.headers_only = true;
    // The trusted head is asked for again: a node with another block there is found out at once.
    query.from = std::max(chain_.height(), Height{1});
    confirmed_ = !chain_.head();
    if (options_.duration_s != 0) {
      follower_options.end =
          std::chrono::system_clock::now() + std::chrono::seconds(options_.duration_s);
    }
    EventFollower follower(session_, std::move(follower_options));
    const Status followed =
        follower.run([this](const EventAnswer& event, const NodeApi&) { return take(event); });
    // What was verified is trusted, whatever came after it.
    const Status saved = save();
    if (!followed) return tl::unexpected(followed.error());
    if (!saved) return tl::unexpected(saved.error());
    end_.height = chain_.height().value;
    end_.hash = to_hex(chain_.hash());
    return std::move(end_);
  }

 private:
  Status load() {
    if (options_.state_file.empty()) return {};
    GALEN_TRY(const auto bytes, read_state_file(options_.state_file));
    if (!bytes) return {};
    const auto head = ledger::CertifiedHeader::decode(*bytes);
    if (!head) return fail(ErrorCode::kCorrupt, options_.state_file + ": " + head.error().message);
    const Status resumed = chain_.resume(*head);
    if (resumed) return {};
    const bool other = resumed.error().code == ErrorCode::kWrongChain;
    return fail(other ? ErrorCode::kConfig : ErrorCode::kCorrupt,
                options_.state_file + ": " + resumed.error().message);
  }

  Status save() {
    unsaved_ = 0;
    if (options_.state_file.empty() || !chain_.head()) return {};
    return replace_state_file(options_.state_file, chain_.head()->encode());
  }

  Result<Following> take(const EventAnswer& event) {
    if (event.kind == EventKind::kHeartbeat) {
      if (!target_) target_ = event.height;
      if (unsaved_ != 0) GALEN_TRY_STATUS(save());
      return is_there() ? Following::kEnough : Following::kOn;
    }
    if (event.kind != EventKind::kBlock) {
      return fail(ErrorCode::kCorrupt, "an event that nobody asked for");
    }
    GALEN_TRY_STATUS(check_block_event(event));
    const ledger::CertifiedHeader& header = *event.header;
    const bool known = header.header.height == chain_.height() &&
                       header.certificate.subject.block == chain_.hash();
    confirmed_ = confirmed_ || known;
    if (known) return is_there() ? Following::kEnough : Following::kOn;
    const Status accepted = chain_.accept(header);
    if (!accepted) return refuse(header, accepted.error());
    confirmed_ = true;
    if (++unsaved_ >= kHeadersPerSave) GALEN_TRY_STATUS(save());
    ++end_.headers;
    const bool more = sink_(view_of(session_, header)) && end_.headers != options_.count;
    return more && !is_there() ? Following::kOn : Following::kEnough;
  }

  [[nodiscard]] bool is_there() const {
    return options_.to_head && confirmed_ && target_ && *target_ <= chain_.height();
  }

  Result<Following> refuse(const ledger::CertifiedHeader& header, const Error& error) {
    const auto bundle = chain_.conflict(header);
    if (!bundle) {
      const bool newer = error.code == ErrorCode::kFailedPrecondition;
      return fail(newer ? error.code : ErrorCode::kCorrupt, error.message);
    }
    const Bytes bytes = ledger::encode(*bundle);
    GALEN_TRY(end_.fork, verify_evidence_bytes(bytes, session_.genesis()));
    if (!options_.state_file.empty()) {
      end_.evidence_file = options_.state_file + ".fork";
      GALEN_TRY_STATUS(replace_state_file(end_.evidence_file, bytes));
    }
    return Following::kEnough;
  }

  Session& session_;
  const FollowOptions& options_;
  const HeaderSink& sink_;
  ledger::HeaderChain chain_;
  FollowEnd end_;
  std::optional<Height> target_;  ///< head of the node that answered first
  bool confirmed_ = false;        ///< a node has shown the trusted head, or what follows it
  std::uint64_t unsaved_ = 0;
};

}  // namespace

Result<FollowEnd> follow_headers(Session& session,
                                 const FollowOptions& options,
                                 const HeaderSink& sink) {
  return LightClient(session, options, sink).run();
}

Status check_block_event(const EventAnswer& event) {
  if (!event.header) return fail(ErrorCode::kCorrupt, "a block without the header asked for");
  const ledger::BlockHeader& header = event.header->header;
  if (header.height != event.height || ledger::block_hash(header) != event.block ||
      header.time != event.time) {
    return fail(ErrorCode::kCorrupt, "a block whose header says something else");
  }
  return {};
}

std::vector<std::string> signers_of(const Session& session,
                                    const ledger::Certificate& certificate) {
  std::vector<std::string> names;
  const auto& validators = session.genesis().validators;
  for (const auto& [member, signature] : certificate.signatures) {
    names.push_back(member.value < validators.size()
                        ? session.organisation_name(validators[member.value].organisation)
                        : "?");
  }
  return names;
}

}  // namespace galen::client
