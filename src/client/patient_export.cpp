#include "client/patient_export.h"

#include "base/hex.h"
#include "client/identity.h"
#include "client/log_reading.h"
#include "client/patient_resources.h"
#include "client/records.h"
#include "client/statement.h"
#include "client/text_forms.h"
#include "modules/audit/entries.h"

#include <algorithm>
#include <utility>

namespace galen::client {

namespace {

using ledger::KeyKind;

class PatientExport {
 public:
  PatientExport(Session& session, NodeApi& node, const ExportOptions& options, ExportSink& sink)
      : session_(session), node_(node), options_(options), sink_(sink) {}

  [[nodiscard]] Result<ExportReport> run() {
    GALEN_TRY(patient_, parse_id<PatientId>(options_.patient, "patient"));
    GALEN_TRY_STATUS(check_asker());
    GALEN_TRY(const auto status, node_.status(session_.deadline()));
    now_ = status.time;
    report_.patient = options_.patient;
    GALEN_TRY_STATUS(account());
    // What leaves the ledger is told before it leaves (docs/consent.md, "Administrative acts").
    ActOptions act;
    act.patient = options_.patient;
    act.act = "export";
    GALEN_TRY(const Committed told, log_act(session_, act));
    static_cast<void>(told);
    for (const auto& organisation : session_.genesis().organisations) {
      GALEN_TRY_STATUS(
          put("organisation", to_hex(organisation.id), organisation_resource(organisation)));
    }
    GALEN_TRY_STATUS(grants());
    GALEN_TRY_STATUS(records());
    GALEN_TRY_STATUS(accesses());
    return std::move(report_);
  }

 private:
  /// A proxy may not see what was hidden from him, and grants and accesses would show it.
  [[nodiscard]] Status check_asker() const {
    if (options_.as.empty() || options_.as == options_.patient) return {};
    return fail(ErrorCode::kInvalidArgument,
                "--as: only the patient himself; a proxy or practitioner reads record by record");
  }

  [[nodiscard]] Status put(const char* kind, const std::string& id, const std::string& resource) {
    if (sink_.take("urn:galen:" + std::string(kind) + ":" + id, resource)) return {};
    return ended();
  }

  [[nodiscard]] static tl::unexpected<Error> ended() {
    return fail(ErrorCode::kIo, "what was exported could not be kept");
  }

  [[nodiscard]] Status account() {
    GALEN_TRY(const auto items, load_account(session_, id_cast<AccountId>(patient_)));
    GALEN_TRY(const auto entry, find_entry<identity::PatientEntry>(items, KeyKind::kPatient));
    if (!entry) return fail(ErrorCode::kNotFound, "no such patient of this organisation");
    std::map<PatientId, identity::LinkEntry> links;
    for (const StateItem& item : items) {
      if (item.key.kind != KeyKind::kLink) continue;
      GALEN_TRY(const auto link, identity::LinkEntry::decode(item.value));
      links.emplace(PatientId::from(item.key.id), link);
    }
    report_.links = links.size();
    GALEN_TRY_STATUS(put("patient", options_.patient, patient_resource(patient_, *entry, links)));
    for (const StateItem& item : items) {
      if (item.key.kind != KeyKind::kProxy) continue;
      GALEN_TRY(const auto proxy, identity::ProxyEntry::decode(item.value));
      GALEN_TRY_STATUS(
          put("proxy", to_hex(proxy.terms.proxy), proxy_resource(proxy, now_, session_.labels())));
      ++report_.proxies;
    }
    return {};
  }

  [[nodiscard]] Status grants() {
    GrantQuery query;
    query.patient = patient_;
    Bytes token;
    do {
      GALEN_TRY(Page page, node_.grants(query, token, session_.deadline()));
      for (std::size_t i = 0; i < page.entries.size(); ++i) {
        if (i >= page.ids.size() || page.ids[i].size() != GrantId::kSize) {
          return fail(ErrorCode::kMalformed, "the node's answer has a wrong grant id");
        }
        const auto id = GrantId::from(page.ids[i]);
        GALEN_TRY(const auto entry, consent::GrantEntry::decode(page.entries[i]));
        GALEN_TRY_STATUS(
            put("grant", to_hex(id), grant_resource(id, entry, now_, session_.labels())));
        ++report_.grants;
      }
      token = std::move(page.token);
    } while (!token.empty());
    return {};
  }

  [[nodiscard]] Status records() {
    ListOptions list;
    list.patient = options_.patient;
    list.as_custodian = options_.as.empty();
    list.asker.person = options_.as;
    list.asker.key_file = options_.key_file;
    if (!list.as_custodian) list.asker.purpose = "PATRQT";
    return each_record_page(session_, list, [this](const FoundRecords& page) -> Status {
      if (!page.from_own_node) {
        return fail(ErrorCode::kUnavailable, "the own node does not answer");
      }
      for (const auto& entry : page.entries) {
        GALEN_TRY_STATUS(
            put("record", to_hex(entry.record.record), record_resource(entry, session_.labels())));
        ++report_.records;
      }
      return {};
    });
  }

  /// Where the next statement ends, so that it holds about as many accesses as wanted: the height
  /// of the first access that is not in it; nullopt when it goes on to the reading.
  [[nodiscard]] Result<std::optional<std::uint64_t>> end_of_next(const LogReading& reading,
                                                                 std::uint64_t from_height) {
    const AccessQuery query{
        patient_, reading.transaction, report_.accesses + options_.accesses_at_once, false};
    GALEN_TRY(const AccessPage page,
              ask_under_reading(session_, [&](NodeApi& node, Deadline until) {
                return node.accesses(query, until);
              }));
    if (page.entries.empty()) return std::optional<std::uint64_t>();
    GALEN_TRY(const auto entry, audit::AccessEntry::decode(page.entries.front()));
    const std::uint64_t end = std::max(entry.height.value, from_height + 1);
    return end < reading.height.value ? std::optional(end) : std::nullopt;
  }

  /// Under one reading, which ends them: statements that lead on to each other.
  [[nodiscard]] Status accesses() {
    const LogReader reader{options_.as, "", options_.key_file};
    GALEN_TRY(const LogReading reading, open_reading(session_, patient_, {}, reader));
    audit::StatementRange range{audit::RangeUnit::kHeight, 0, {}};
    do {
      GALEN_TRY(range.to, end_of_next(reading, range.from));
      GALEN_TRY(const StatementFile file, fetch_statement(session_, reading, range));
      const StatementReport& statement = file.report;
      if (!statement.entries.empty() && statement.entries.front().index != report_.accesses) {
        return fail(ErrorCode::kCorrupt, "the statements do not lead on to each other");
      }
      if (!sink_.take(statement)) return ended();
      report_.accesses += statement.entries.size();
      report_.chain = statement.chain;
      report_.height = statement.height;
      report_.time_ms = statement.time_ms;
      report_.block_hash = statement.block_hash;
      range.from = range.to.value_or(0);
    } while (range.to);
    return {};
  }

  Session& session_;
  NodeApi& node_;
  const ExportOptions& options_;
  ExportSink& sink_;
  PatientId patient_;
  TimeMs now_;  ///< block time of the head
  ExportReport report_;
};

}  // namespace

Result<ExportReport> export_patient(Session& session,
                                    const ExportOptions& options,
                                    ExportSink& sink) {
  GALEN_TRY(NodeApi * node, session.node_of(session.organisation().id));
  return PatientExport(session, *node, options, sink).run();
}

}  // namespace galen::client
