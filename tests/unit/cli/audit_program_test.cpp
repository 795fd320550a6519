// `galen audit verify|show|export` as a program: what it says, with which exit code, and the
// formats it writes.
#include "base/hex.h"
#include "program.h"
#include "support/statement_sample.h"

#include <nlohmann/json.hpp>

namespace galen::cli {
namespace {

using Json = nlohmann::json;
using policy::Reason;

/// Of height 2: refused; 3: permitted by a grant; 4: required by law, by another organisation.
support::SampleLog three_accesses(const ledger::Genesis& genesis) {
  support::SampleLog log(genesis);
  log.add_at(2);
  auto granted = support::sample_access(genesis, log.patient(), 3);
  granted.decisions.front().reason = Reason::kGrant;
  granted.decisions.front().grant = support::filled_id<GrantId>(8);
  log.add(granted);
  auto by_law = support::sample_access(genesis, log.patient(), 4);
  by_law.request.purpose = "PUBHLTH";
  by_law.submitter = genesis.organisations.back().id;
  by_law.decisions.front().reason = Reason::kRequiredByLaw;
  log.add(by_law);
  return log;
}

/// Of height 2: a reading, refused; 3: an export to the last organisation; 4: a late emergency
/// release.
support::SampleLog other_entries(const ledger::Genesis& genesis) {
  support::SampleLog log(genesis);
  auto read = support::sample_access(genesis, log.patient(), 2);
  read.decisions.clear();
  ledger::LogAuditRead reading;
  reading.log = log.patient();
  reading.person = read.request.person;
  reading.organisation = read.submitter;
  reading.purpose = "HOPERAT";
  reading.to = TimeMs{5000};
  read.request = audit::request_of(reading);
  read.act = audit::LogAct{reading, Reason::kNotAReader};
  log.add(read);
  auto told = support::sample_access(genesis, log.patient(), 3);
  told.decisions.clear();
  ledger::LogAdministration act;
  act.log = log.patient();
  act.person = act.organisation = told.submitter;
  act.purpose = "HRESCH";
  act.records = {support::filled_id<RecordId>(5)};
  act.recipient = genesis.organisations.back().id;
  act.time = TimeMs{1'700'000'000'000};
  told.request = audit::request_of(act);
  told.role.reset();
  told.act = audit::LogAct{act, {}};
  log.add(told);
  auto late = support::sample_access(genesis, log.patient(), 4);
  late.request.purpose = "BTG";
  late.decisions.front().reason = Reason::kBreakGlass;
  ledger::LogEmergency release;
  release.journal = support::filled_id<JournalId>(9);
  release.number = 1;
  release.request = late.request;
  release.reasons = {static_cast<std::uint8_t>(Reason::kBreakGlass)};
  release.time = TimeMs{1'700'000'001'000};
  late.emergency = release;
  log.add(late);
  return log;
}

/// An organisation's own log: 2, denied or not there; 3, a list; 4, an act about another's patient,
/// by nobody who is named.
support::SampleLog own_entries(const ledger::Genesis& genesis) {
  support::SampleLog log(genesis);
  const auto asked = [&](std::uint64_t height) {
    auto entry = support::sample_access(genesis, log.patient(), height);
    entry.decisions.clear();
    entry.request.records.clear();
    entry.asked = audit::Asked{ledger::OperationType::kLogAccess,
                               support::filled_id<TxId>(8),
                               1,
                               support::filled_id<Digest>(9),
                               Reason::kNotFound};
    return entry;
  };
  log.add(asked(2));
  auto list = asked(3);
  list.request.action = ledger::Action::kDiscover;
  list.asked->reason = Reason::kListed;
  log.add(list);
  auto told = asked(4);
  told.request.person = {};
  told.asked->type = ledger::OperationType::kLogAdministration;
  told.asked->reason.reset();
  told.asked->told = audit::Asked::Told{ledger::AdministrativeAct::kExport,
                                        genesis.organisations.back().id,
                                        TimeMs{1'700'000'000'000}};
  told.request.purpose = "HRESCH";
  log.add(told);
  auto late = asked(5);
  late.request.purpose = "BTG";
  late.asked->type = ledger::OperationType::kLogEmergency;
  late.asked->reason = Reason::kBreakGlass;
  late.asked->release =
      audit::Asked::Release{support::filled_id<JournalId>(9), 1, TimeMs{1'700'000'001'000}};
  log.add(late);
  return log;
}

class AuditProgramTest : public ProgramTest {
 protected:
  AuditProgramTest() {
    write("genesis.json", ledger::to_json(log_.genesis()));
    statement_ = to_string(audit::encode(log_.statement({audit::RangeUnit::kHeight, 0, {}})));
    write("statement", statement_);
  }

  [[nodiscard]] Ran audit(const std::string& verb, const std::string& options = "") const {
    return run("audit " + verb + " " + path("statement") + " --genesis " + path("genesis.json") +
               options);
  }

  [[nodiscard]] std::string exported(const std::string& format) const {
    const Ran ran = audit("export", " --format " + format + " --out " + path("out"));
    EXPECT_EQ(ran.code, 0) << ran.error;
    std::ifstream file(path("out"));
    return {std::istreambuf_iterator<char>(file), {}};
  }

  [[nodiscard]] Json shown(const std::string& filter) const {
    const Ran ran = audit("show", " --output json" + filter);
    EXPECT_EQ(ran.code, 0) << ran.error;
    return Json::parse(ran.out)["entries"];
  }

  const support::SampleLog log_ = three_accesses(support::sample_genesis());
  std::string statement_;
};

TEST_F(AuditProgramTest, VerifySaysWhatTheStatementProves) {
  const Ran text = audit("verify");
  EXPECT_EQ(text.code, 0) << text.error;
  EXPECT_NE(text.out.find("accesses:"), std::string::npos) << text.out;
  const Json json = Json::parse(audit("verify", " --output json").out);
  EXPECT_EQ(json["accesses"], 3);
  EXPECT_EQ(json["log_size"], 3);
  EXPECT_EQ(json["height"], 7);
  EXPECT_EQ(json["may_grow"], true);
  EXPECT_FALSE(json.contains("entries"));
}

TEST_F(AuditProgramTest, ADamagedStatementIsCode7ForEveryVerb) {
  for (std::size_t i = 0; i < statement_.size(); i += 61) {
    std::string changed = statement_;
    changed[i] = static_cast<char>(changed[i] ^ 1);
    write("statement", changed);
    SCOPED_TRACE(i);
    expect_one_line(audit("verify"), 7);
  }
  expect_one_line(audit("show"), 7);
  expect_one_line(audit("export", " --format csv --out " + path("out")), 7);
  EXPECT_FALSE(std::filesystem::exists(path("out")));
  write("statement", statement_ + "x");
  expect_one_line(audit("verify"), 7);
  write("statement", "");
  expect_one_line(audit("verify"), 7);
}

TEST_F(AuditProgramTest, ShowListsAndFilters) {
  const Ran text = audit("show");
  EXPECT_EQ(text.code, 0) << text.error;
  EXPECT_NE(text.out.find("required-by-law"), std::string::npos) << text.out;
  EXPECT_EQ(shown("").size(), 3U);
  ASSERT_EQ(shown(" --denied").size(), 1U);
  EXPECT_EQ(shown(" --denied")[0]["height"], 2);
  EXPECT_EQ(shown(" --emergency").size(), 0U);
  const std::string last = log_.genesis().organisations.back().name;
  ASSERT_EQ(shown(" --organisation " + last).size(), 1U);
  EXPECT_EQ(shown(" --organisation " + last)[0]["decisions"][0]["accounting"], true);
}

TEST_F(AuditProgramTest, FhirHasOneConsentDecisionEventForEachRecord) {
  const Json bundle = Json::parse(exported("fhir"));
  EXPECT_EQ(bundle["resourceType"], "Bundle");
  EXPECT_EQ(bundle["type"], "collection");
  ASSERT_EQ(bundle["entry"].size(), 3U);
  const Json& denied = bundle["entry"][0]["resource"];
  EXPECT_EQ(denied["resourceType"], "AuditEvent");
  EXPECT_EQ(denied["type"]["code"], "110113");
  EXPECT_EQ(denied["subtype"][0]["code"], "AuthZ-Consent");
  EXPECT_EQ(denied["action"], "E");
  EXPECT_EQ(denied["outcome"], "8");
  EXPECT_EQ(denied["outcomeDesc"], "no-consent");
  EXPECT_EQ(denied["recorded"], "2023-11-14T22:13:22.000Z");
  EXPECT_EQ(denied["entity"].size(), 3U);  // patient, record, request: no consent decided
  const Json& permit = bundle["entry"][1]["resource"];
  EXPECT_EQ(permit["outcome"], "0");
  EXPECT_EQ(permit["purposeOfEvent"][0]["coding"][0]["code"], "TREAT");
  EXPECT_EQ(permit["agent"].size(), 4U);  // ledger, requester, organisation, its node
  EXPECT_EQ(permit["agent"][1]["requestor"], true);
  EXPECT_EQ(permit["entity"][2]["type"]["code"], "Consent");
  EXPECT_NE(permit["id"], denied["id"]);
  for (const auto& entry : bundle["entry"]) {
    EXPECT_LE(entry["resource"]["id"].get<std::string>().size(), 64U);
  }
  EXPECT_EQ(bundle.dump().find("hospital"), std::string::npos) << "ids only";
}

TEST_F(AuditProgramTest, CsvHasTheAccountableDisclosuresAlone) {
  const std::string csv = exported("csv");
  EXPECT_EQ(std::count(csv.begin(), csv.end(), '\n'), 2) << csv;
  EXPECT_EQ(csv.rfind("\"date\",\"recipient\",", 0), 0U) << csv;
  EXPECT_NE(csv.find("\"2023-11-14T22:13:24.000Z\",\"" + log_.genesis().organisations.back().name),
            std::string::npos)
      << csv;
  EXPECT_NE(csv.find("\"PUBHLTH\",\"required-by-law\""), std::string::npos) << csv;
}

TEST_F(AuditProgramTest, ReadingsActsAndLateEntriesAreShownAndExported) {
  const auto log = other_entries(log_.genesis());
  write("statement", to_string(audit::encode(log.statement({audit::RangeUnit::kHeight, 0, {}}))));
  const Json all = shown("");
  ASSERT_EQ(all.size(), 3U);
  EXPECT_EQ(all[0]["kind"], "audit-read");
  EXPECT_EQ(all[0]["rule"], "not-a-reader");
  EXPECT_EQ(all[0]["permit"], false);
  EXPECT_EQ(all[1]["kind"], "export");
  EXPECT_EQ(all[1]["role"], "organisation");
  EXPECT_EQ(all[1]["recipient"], log.genesis().organisations.back().name);
  EXPECT_EQ(all[2]["late"], true);
  EXPECT_EQ(shown(" --denied").size(), 1U);
  EXPECT_EQ(shown(" --emergency").size(), 1U);
  EXPECT_EQ(shown(" --accounting").size(), 2U);
  EXPECT_NE(audit("show").out.find("read log"), std::string::npos);

  const Json events = Json::parse(exported("fhir"))["entry"];
  ASSERT_EQ(events.size(), 3U);
  const Json& read = events[0]["resource"];
  EXPECT_EQ(read["type"]["code"], "110101");
  EXPECT_EQ(read["action"], "R");
  EXPECT_EQ(read["outcome"], "8");
  const Json& act = events[1]["resource"];
  EXPECT_EQ(act["type"]["code"], "110106");
  EXPECT_EQ(act["subtype"][0]["code"], "export");
  EXPECT_EQ(act["entity"][0]["detail"][0]["type"], "accounting-of-disclosures");
  EXPECT_EQ(act["agent"].size(), 4U);
  EXPECT_EQ(events.dump().find("hospital"), std::string::npos) << "ids only";
  const Json& late = events[2]["resource"];
  EXPECT_EQ(late["entity"].back()["detail"][0]["type"], "late");
  EXPECT_EQ(late["entity"].back()["detail"][1]["valueString"], "2023-11-14T22:13:21.000Z");

  const std::string csv = exported("csv");
  EXPECT_EQ(std::count(csv.begin(), csv.end(), '\n'), 3) << csv;
  EXPECT_NE(csv.find("\"administrative act\""), std::string::npos) << csv;
  // By the date of the release.
  EXPECT_NE(csv.find("\"2023-11-14T22:13:21.000Z\""), std::string::npos) << csv;
  EXPECT_NE(csv.find(",\"late\"\r\n"), std::string::npos) << csv;
}

TEST_F(AuditProgramTest, WhatAnOrganisationAskedNamesItsTransactionAlone) {
  const auto log = own_entries(log_.genesis());
  write("statement", to_string(audit::encode(log.statement({audit::RangeUnit::kHeight, 0, {}}))));
  const Json all = shown("");
  ASSERT_EQ(all.size(), 4U);
  for (const Json& entry : all) {
    EXPECT_EQ(entry["kind"], "asked");
    EXPECT_EQ(entry["tx_id"], to_hex(support::filled_id<TxId>(8)));
    EXPECT_EQ(entry["operation"], 1);
    EXPECT_EQ(entry["digest"], to_hex(support::filled_id<Digest>(9)));
    EXPECT_EQ(entry["request"], "");
  }
  EXPECT_EQ(all[0]["rule"], "not-found");
  EXPECT_EQ(all[0]["permit"], false);
  EXPECT_EQ(all[0]["action"], "READ");
  EXPECT_EQ(all[1]["action"], "LIST");
  EXPECT_EQ(all[1]["permit"], true);
  EXPECT_EQ(all[2]["asked"], "LogAdministration");
  EXPECT_EQ(all[2]["action"], "export");
  EXPECT_EQ(all[2]["recipient"], log.genesis().organisations.back().name);
  EXPECT_EQ(all[2]["acted_ms"], 1'700'000'000'000);
  EXPECT_TRUE(all[2]["rule"].is_null());
  EXPECT_EQ(all[2]["person"], "");
  EXPECT_EQ(all[3]["rule"], "break-glass");
  EXPECT_EQ(all[3]["late"], true);
  EXPECT_EQ(all[3]["released_ms"], 1'700'000'001'000);
  EXPECT_EQ(shown(" --denied").size(), 1U);
  EXPECT_EQ(shown(" --emergency").size(), 1U);
  EXPECT_EQ(shown(" --accounting").size(), 2U);
  const std::string table = audit("show").out;
  EXPECT_NE(table.find("asked: LIST"), std::string::npos) << table;
  EXPECT_NE(table.find("not told"), std::string::npos) << table;
}

TEST_F(AuditProgramTest, WhatAnOrganisationAskedIsExportedWithoutAPatient) {
  const auto log = own_entries(log_.genesis());
  write("statement", to_string(audit::encode(log.statement({audit::RangeUnit::kHeight, 0, {}}))));
  const Json events = Json::parse(exported("fhir"))["entry"];
  ASSERT_EQ(events.size(), 4U);
  EXPECT_EQ(events.dump().find("\"Patient/"), std::string::npos);
  for (const Json& event : events) {
    EXPECT_EQ(event["resource"]["subtype"][0]["code"], "asked");
    ASSERT_EQ(event["resource"]["entity"].size(), 1U);
    EXPECT_EQ(event["resource"]["entity"][0]["what"]["identifier"]["system"],
              "urn:galen:operation");
  }
  EXPECT_EQ(events[0]["resource"]["outcome"], "8");
  EXPECT_EQ(events[0]["resource"]["outcomeDesc"], "not-found");
  EXPECT_EQ(events[1]["resource"]["outcome"], "0");
  EXPECT_EQ(events[2]["resource"]["type"]["code"], "110106");
  EXPECT_EQ(events[2]["resource"]["agent"][1]["who"]["display"], "not told");
  EXPECT_EQ(events[2]["resource"]["entity"][0]["detail"][2]["type"], "accounting-of-disclosures");
  EXPECT_EQ(events[3]["resource"]["period"]["end"], "2023-11-14T22:13:21.000Z");
  const std::string csv = exported("csv");
  EXPECT_EQ(std::count(csv.begin(), csv.end(), '\n'), 3) << csv;
  EXPECT_NE(csv.find("\"export tx "), std::string::npos) << csv;
  EXPECT_NE(csv.find("\"break-glass\""), std::string::npos) << csv;
}

TEST_F(AuditProgramTest, WhoAskedIsTheResourceThatTheAccountIs) {
  support::SampleLog log(log_.genesis());
  const auto asked_by = [&](std::uint64_t height, ledger::Role role) {
    auto entry = support::sample_access(log_.genesis(), log.patient(), height);
    entry.role = role;
    log.add(entry);
  };
  asked_by(2, ledger::Role::kClinician);
  asked_by(3, ledger::Role::kProxy);
  asked_by(4, ledger::Role::kDevice);
  write("statement", to_string(audit::encode(log.statement({audit::RangeUnit::kHeight, 0, {}}))));
  const Json events = Json::parse(exported("fhir"))["entry"];
  ASSERT_EQ(events.size(), 3U);
  const auto who = [&](std::size_t i) {
    const std::string text = events[i]["resource"]["agent"][1]["who"]["reference"];
    return text.substr(0, text.find('/'));
  };
  EXPECT_EQ(who(0), "Practitioner");
  EXPECT_EQ(who(1), "RelatedPerson");
  EXPECT_EQ(who(2), "Device");
}

TEST_F(AuditProgramTest, ExportsAreForTheirOwnerOnly) {
  EXPECT_FALSE(exported("csv").empty());
  const auto mode = std::filesystem::status(path("out")).permissions();
  EXPECT_EQ(mode, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
}

TEST_F(AuditProgramTest, ALogThatIsNotThereExportsAnEmptyBundle) {
  const support::SampleLog empty(log_.genesis());
  write("statement", to_string(audit::encode(empty.statement({audit::RangeUnit::kHeight, 0, {}}))));
  const Json bundle = Json::parse(exported("fhir"));
  EXPECT_FALSE(bundle.contains("entry"));
  EXPECT_EQ(Json::parse(audit("verify", " --output json").out)["log_size"], 0);
}

TEST_F(AuditProgramTest, WrongUsageAndMissingFiles) {
  expect_one_line(audit("export", " --format pdf --out " + path("out")), 2);
  expect_one_line(run("audit verify " + path("statement")), 2);
  expect_one_line(run("audit verify " + path("none") + " --genesis " + path("genesis.json")), 1);
  expect_one_line(run("audit verify " + path("statement") + " --genesis " + path("none")), 3);
  write("genesis.json", "{}");
  expect_one_line(audit("verify"), 3);
}

}  // namespace
}  // namespace galen::cli
