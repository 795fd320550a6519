#include "client/watch.h"

#include "base/hex.h"
#include "client/access_query.h"
#include "client/event_follower.h"
#include "client/light_client.h"
#include "client/text_forms.h"

#include <algorithm>
#include <chrono>
#include <optional>
#include <set>
#include <utility>

namespace galen::client {

namespace {

constexpr std::uint64_t kRenewalMs =
    10 * 1000;  ///< before its access ends a watcher commits another

void fill_emergency(const EmergencyAnswer& from, EmergencyEvent& event) {
  event.declaration = to_hex(from.declaration);
  event.reason = from.reason;
  event.from_ms = from.from.value;
  event.to_ms = from.to.value;
  event.outcome = from.outcome;
  for (const RecordId& record : from.records) event.records.push_back(to_hex(record));
}

void fill_operation(const Session& session, const OperationAnswer& from, EventView& view) {
  view.transaction = to_hex(from.transaction);
  view.submitter = session.organisation_name(from.submitter);
  view.type = from.type;
  if (from.result != ledger::ResultCode::kOk) view.result = std::string(ledger::name(from.result));
  view.subject = to_hex(from.subject);
  if (from.record) view.record = to_hex(*from.record);
  if (from.grant) view.grant = to_hex(*from.grant);
  if (from.emergency) fill_emergency(*from.emergency, view.emergency.emplace());
  if (from.decisions.empty() && !from.emergency) return;
  view.organisation = session.organisation_name(from.organisation);
  if (!from.person.is_zero()) view.person = to_hex(from.person);
  view.purpose = from.purpose;
  const bool is_listing = !from.decisions.empty() &&
                          from.action == name(ledger::Action::kDiscover) &&
                          from.decisions.front().record.is_zero();
  view.action = is_listing ? "LIST" : from.action;
  for (const DecisionAnswer& decision : from.decisions) {
    view.decisions.push_back({decision.record.is_zero() ? "" : to_hex(decision.record),
                              decision.permit,
                              decision.reason,
                              to_hex(decision.grant)});
  }
}

EventView view_of(const Session& session, const EventAnswer& event) {
  EventView view;
  view.kind = name(event.kind);
  view.height = event.height.value;
  view.index = event.index;
  view.cursor = to_hex(event.next.encode());
  view.time_ms = event.time.value;
  view.block = to_hex(event.block);
  view.transactions = event.transactions;
  view.operations = event.operations;
  if (event.operation) fill_operation(session, *event.operation, view);
  return view;
}

class Watch {
 public:
  Watch(Session& session, const WatchOptions& options, const EventSink& sink)
      : session_(session), options_(options), sink_(sink), headers_(session.genesis()) {}

  Result<WatchEnd> run() {
    FollowerOptions follower_options;
    EventQuery& query = follower_options.query;
    GALEN_TRY_STATUS(read(query));
    if (options_.duration_s != 0) {
      follower_options.end =
          std::chrono::system_clock::now() + std::chrono::seconds(options_.duration_s);
    }
    follower_options.prepare = [this](EventQuery& asked, const NodeApi& node) {
      // Another hospital's node may say anything: its blocks count when they are certified.
      asked.with_headers = options_.verify || !session_.is_own(node);
      return authorise(asked);
    };
    EventFollower follower(session_, std::move(follower_options));
    GALEN_TRY_STATUS(follower.run(
        [this](const EventAnswer& event, const NodeApi& node) { return take(event, node); }));
    WatchEnd end;
    end.events = given_;
    if (follower.next()) end.cursor = to_hex(follower.next()->encode());
    return end;
  }

 private:
  Status read(EventQuery& query) {
    if (!options_.patient.empty()) {
      GALEN_TRY(query.patient, parse_id<PatientId>(options_.patient, "--patient"));
    }
    for (const std::string& text : options_.kinds) {
      const auto kind = parse_event_kind(text);
      if (!kind) {
        return fail(ErrorCode::kInvalidArgument,
                    "--kind: no kind '" + text + "'; there are " + event_kind_names());
      }
      query.kinds.push_back(*kind);
      kinds_.insert(*kind);
    }
    if (!options_.cursor.empty()) {
      if (options_.from) {
        return fail(ErrorCode::kInvalidArgument, "--from: not together with a cursor");
      }
      const auto bytes = from_hex(options_.cursor);
      const auto cursor = bytes ? ledger::EventCursor::decode(*bytes)
                                : Result<ledger::EventCursor>(tl::unexpected(bytes.error()));
      if (!cursor) return fail(ErrorCode::kInvalidArgument, "--cursor: " + cursor.error().message);
      query.cursor = *cursor;
    }
    if (options_.from) query.from = Height{*options_.from};
    if (options_.asker && !query.patient) {
      return fail(ErrorCode::kInvalidArgument, "--as: a person watches one patient, see --patient");
    }
    return {};
  }

  /// A patient signs anew for every call; anybody else's access stands in the log, so it serves
  /// until it is nearly over.
  Status authorise(EventQuery& query) {
    if (!options_.asker) return {};
    GALEN_TRY(const Requester requester, find_requester(session_, *options_.asker, *query.patient));
    if (requester.role == ledger::AuthorisationRole::kPatient) {
      const auto request =
          make_own_query(session_, requester, *query.patient, ledger::OwnQuery::kEvents);
      query.request = encode_query(request);
      query.authorisation = sign_query(session_, request, requester);
      return {};
    }
    if (query.access && session_.now().value + kRenewalMs < access_until_.value) return {};
    GALEN_TRY(
        const auto access,
        commit_listing(session_,
                       requester,
                       {*query.patient, options_.asker->purpose, ledger::Action::kDiscover, {}}));
    query.access = access.receipted.id;
    access_until_ = access.expiry;
    return {};
  }

  Result<Following> take(const EventAnswer& event, const NodeApi& node) {
    if (event.kind == EventKind::kHeartbeat) {
      if (!target_) target_ = event.height;
      const bool is_there = options_.to_head && event.next.height > *target_;
      return is_there ? Following::kEnough : Following::kOn;
    }
    if (options_.to_head && target_ && event.height > *target_) return Following::kEnough;
    EventView view = view_of(session_, event);
    if (event.kind == EventKind::kBlock) {
      if (options_.verify || !session_.is_own(node)) GALEN_TRY_STATUS(verify(event, view));
      block_ = event.block;
    } else if (block_ && *block_ != event.block) {
      return fail(ErrorCode::kCorrupt, "an event of another block than the one it stands in");
    }
    if (!kinds_.empty() && !kinds_.contains(event.kind)) return Following::kOn;
    ++given_;
    const bool more = sink_(view) && given_ != options_.count;
    return more ? Following::kOn : Following::kEnough;
  }

  /// The header must be certified, and continue the one before when that was verified too.
  Status verify(const EventAnswer& event, EventView& view) {
    GALEN_TRY_STATUS(check_block_event(event));
    const ledger::CertifiedHeader& header = *event.header;
    const bool linked = headers_.head() && headers_.height().next() == event.height;
    const Status standing = linked ? headers_.accept(header) : headers_.resume(header);
    if (!standing) return fail(ErrorCode::kCorrupt, standing.error().message);
    view.signers = signers_of(session_, header.certificate);
    return {};
  }

  Session& session_;
  const WatchOptions& options_;
  const EventSink& sink_;
  ledger::HeaderChain headers_;
  std::set<EventKind> kinds_;
  std::optional<BlockHash> block_;
  std::optional<Height> target_;  ///< head of the node that answered first
  std::uint64_t given_ = 0;
  TimeMs access_until_;  ///< of the query's access
};

}  // namespace

Result<WatchEnd> watch_events(Session& session,
                              const WatchOptions& options,
                              const EventSink& sink) {
  return Watch(session, options, sink).run();
}

}  // namespace galen::client
