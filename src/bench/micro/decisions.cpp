#include "bench/micro/decisions.h"

#include "base/check.h"
#include "bench/micro/memory_ledger.h"
#include "bench/micro/sample_patient.h"
#include "ledger/genesis.h"
#include "modules/audit/consent_memory.h"
#include "modules/audit/evaluation.h"
#include "modules/identity/people.h"

#include <algorithm>
#include <optional>
#include <string>

namespace galen::bench {

namespace {

std::optional<double> limit_us(std::size_t grants) {
  if (grants <= 1'000) return 20;
  return grants <= 10'000 ? std::optional<double>(100) : std::nullopt;
}

std::string of_grants(std::size_t grants) {
  return std::to_string(grants) + (grants == 1 ? " grant" : " grants");
}

/// So many calls per reading of the clock that its own cost does not show.
std::size_t calls_for(std::size_t grants) {
  return std::max<std::size_t>(1, 10'000 / std::max<std::size_t>(grants, 10));
}

void use(const policy::Decision& decision, std::size_t& permits) {
  permits += decision.permit ? 1 : 0;
}

Figure warm(GrantMix mix, std::size_t grants, std::size_t samples) {
  const SamplePatient patient = sample_patient(mix, grants);
  const ledger::Parameters parameters = ledger::default_parameters();
  const policy::PolicyTables tables = policy::tables_of(parameters);
  const policy::ConsentIndex index = audit::index_of(patient.grants);
  const policy::IndexedConsent consent{policy::ConsentLayers(index), true, {}, {}};
  std::size_t permits = 0;
  const std::string name = mix == GrantMix::kUsual ? "decide, " : "decide, all visited, ";
  Figure figure = time_figure(
      name + of_grants(grants),
      "us",
      limit_us(grants),
      {samples, calls_for(grants)},
      [&](std::size_t) {
        use(policy::decide(tables, patient.requester, patient.record, consent, patient.request),
            permits);
      });
  CHECK(mix == GrantMix::kUsual || permits == 0, "the worst patient permits nothing");
  return figure;
}

Figure build(std::size_t grants, std::size_t samples) {
  const SamplePatient patient = sample_patient(GrantMix::kUsual, grants);
  std::size_t indexed = 0;
  return time_figure(
      "index built, " + of_grants(grants),
      "us",
      std::nullopt,
      {samples, calls_for(grants)},
      [&](std::size_t) { indexed += audit::index_of(patient.grants).grants().size(); });
}

MemoryLedger ledger_of(const SamplePatient& patient) {
  execution::StateWrites writes;
  identity::PatientEntry entry;
  entry.custodian = patient.record.custodian;
  entry.ever_granted = true;
  writes[identity::PatientEntry::key(patient.id)] = {entry.encode(), {}};
  for (const auto& [id, grant] : patient.grants) {
    writes[consent::GrantEntry::key(patient.id, id)] = {grant.encode(), {}};
  }
  MemoryLedger ledger;
  ledger.commit(writes);
  return ledger;
}

/// One record of an access, from the state to the decision.
Figure access(std::string name,
              std::size_t grants,
              const Repetitions& repetitions,
              audit::ConsentMemory* memory) {
  const SamplePatient patient = sample_patient(GrantMix::kUsual, grants);
  const MemoryLedger ledger = ledger_of(patient);
  const ledger::Parameters parameters = ledger::default_parameters();
  const policy::PolicyTables tables = policy::tables_of(parameters);
  records::RecordEntry record;
  record.custodian = patient.record.custodian;
  record.record.record_class = patient.record.record_class;
  record.record.service_date = patient.record.service_date;
  std::size_t permits = 0;
  const auto decide_once = [&](std::size_t) {
    const audit::PatientConsent consent(ledger, patient.id, patient.request.purpose, memory);
    use(consent.decide(tables, patient.requester, record, patient.request), permits);
  };
  decide_once(0);
  return time_figure(
      std::move(name) + ", " + of_grants(grants), "us", std::nullopt, repetitions, decide_once);
}

}  // namespace

std::vector<Figure> decision_figures(const std::vector<std::size_t>& grants, std::size_t samples) {
  std::vector<Figure> figures;
  for (const GrantMix mix : {GrantMix::kUsual, GrantMix::kWorst}) {
    for (const std::size_t n : grants) figures.push_back(warm(mix, n, samples));
  }
  for (const std::size_t n : grants) {
    audit::ConsentCache cache;
    figures.push_back(access("access from the state, remembered", n, {samples, 100}, &cache));
  }
  for (const std::size_t n : grants) {
    const Repetitions repetitions{samples, calls_for(n)};
    figures.push_back(access("access from the state, not remembered", n, repetitions, nullptr));
  }
  for (const std::size_t n : grants) figures.push_back(build(n, samples));
  return figures;
}

}  // namespace galen::bench
