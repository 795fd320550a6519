#include "client/evidence.h"

#include "base/hex.h"
#include "base/limits.h"
#include "client/text_forms.h"
#include "ledger/evidence.h"
#include "ledger/fail_stop.h"

#include <algorithm>
#include <charconv>

namespace galen::client {

namespace {

Error as_corrupt(const Error& error) {
  return Error{ErrorCode::kCorrupt, error.message};
}

std::string validator_name(const ledger::Genesis& genesis, ValidatorIndex member) {
  if (member.value >= genesis.validators.size()) return "?";
  const AccountId& id = genesis.validators[member.value].organisation;
  const auto found = std::find_if(genesis.organisations.begin(),
                                  genesis.organisations.end(),
                                  [&](const auto& organisation) { return organisation.id == id; });
  return found == genesis.organisations.end() ? to_hex(id) : found->name;
}

EvidenceView view_of(const ledger::Evidence& evidence, const ledger::Genesis& genesis) {
  EvidenceView view;
  view.id = to_hex(ledger::evidence_id(evidence));
  view.member = evidence.slot.member.value;
  view.organisation = validator_name(genesis, evidence.slot.member);
  view.vote = ledger::name(evidence.slot.type);
  view.epoch = evidence.slot.epoch.value;
  view.height = evidence.slot.height.value;
  view.view = evidence.slot.view.value;
  view.first_block = to_hex(evidence.first.block);
  view.second_block = to_hex(evidence.second.block);
  return view;
}

Result<EvidenceView> verified(BytesView bytes, const ledger::Genesis& genesis) {
  const auto evidence = ledger::decode_evidence(bytes);
  if (!evidence) return tl::unexpected(as_corrupt(evidence.error()));
  const Status status = ledger::verify(*evidence, genesis);
  if (!status) return tl::unexpected(as_corrupt(status.error()));
  return view_of(*evidence, genesis);
}

Result<ValidatorIndex> parse_member(const std::string& text, const ledger::Genesis& genesis) {
  std::uint16_t index = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), index);
  const bool is_number = error == std::errc() && end == text.data() + text.size();
  if (is_number && index < genesis.validators.size()) return ValidatorIndex{index};
  for (std::uint16_t i = 0; i < genesis.validators.size(); ++i) {
    if (validator_name(genesis, ValidatorIndex{i}) == text) return ValidatorIndex{i};
  }
  return fail(ErrorCode::kInvalidArgument,
              "\"" + text + "\" is neither an organisation with a validator nor a validator index");
}

Result<EvidenceView> read_item(const EvidenceAnswer& item, const ledger::Genesis& genesis) {
  GALEN_TRY(EvidenceView view, verified(item.evidence, genesis));
  view.found_ms = item.found.value;
  return view;
}

CertificateView certificate_view(const ledger::Certificate& certificate,
                                 const ledger::Genesis& genesis) {
  const ledger::VoteSubject& subject = certificate.subject;
  CertificateView view{subject.height.value, subject.view.value, to_hex(subject.block), {}};
  for (const auto& [member, signature] : certificate.signatures)
    view.signers.push_back(validator_name(genesis, member));
  return view;
}

Result<EvidenceReport> report_fail_stop(const ledger::FailStopBundle& bundle,
                                        const ledger::Genesis& genesis) {
  const Status status = ledger::verify(bundle, genesis);
  if (!status) return tl::unexpected(as_corrupt(status.error()));
  EvidenceReport report;
  report.kind = "fail-stop";
  report.chain = to_hex(bundle.chain);
  report.reason = bundle.reason;
  for (const ledger::Certificate& certificate : bundle.certificates)
    report.certificates.push_back(certificate_view(certificate, genesis));
  if (bundle.certificates.size() < 2) return report;
  for (const auto& [member, signature] : bundle.certificates[0].signatures) {
    if (bundle.certificates[1].signatures.contains(member))
      report.in_both.push_back(validator_name(genesis, member));
  }
  return report;
}

}  // namespace

Result<EvidenceReport> verify_evidence_bytes(BytesView bytes, const ledger::Genesis& genesis) {
  if (const auto bundle = ledger::decode_fail_stop(bytes))
    return report_fail_stop(*bundle, genesis);
  // The tag tells which of the two it was meant to be.
  if (as_text(bytes).substr(0, 10).find("fail-stop") != std::string_view::npos)
    return tl::unexpected(as_corrupt(ledger::decode_fail_stop(bytes).error()));
  GALEN_TRY(const EvidenceView votes, verified(bytes, genesis));
  EvidenceReport report;
  report.kind = "votes";
  report.chain = to_hex(ledger::chain_id(genesis));
  report.votes = votes;
  return report;
}

Result<std::vector<EvidenceView>> list_evidence(Session& session,
                                                const std::optional<std::string>& member) {
  std::optional<ValidatorIndex> wanted;
  if (member) {
    GALEN_TRY(wanted, parse_member(*member, session.genesis()));
  }
  std::vector<EvidenceView> views;
  Bytes token;
  do {
    GALEN_TRY(const EvidencePage page, session.ask([&](NodeApi& node, Deadline until) {
      return node.evidence(wanted, token, until);
    }));
    for (const EvidenceAnswer& item : page.items) {
      GALEN_TRY(EvidenceView view, read_item(item, session.genesis()));
      if (wanted && view.member != wanted->value)
        return fail(ErrorCode::kCorrupt, "the node shows evidence against another member");
      views.push_back(std::move(view));
    }
    if (page.items.empty() && !page.token.empty())
      return fail(ErrorCode::kCorrupt, "the node's list does not end");
    token = page.token;
  } while (!token.empty() && views.size() < limits::kMaxEvidence);
  return views;
}

Result<EvidenceFile> get_evidence(Session& session, const std::string& text) {
  GALEN_TRY(const auto id, parse_id<ledger::EvidenceId>(text, "evidence id"));
  GALEN_TRY(const EvidenceAnswer item, session.ask([&](NodeApi& node, Deadline until) {
    return node.evidence_by_id(id, until);
  }));
  EvidenceFile file;
  GALEN_TRY(file.evidence, read_item(item, session.genesis()));
  if (file.evidence.id != to_hex(id))
    return fail(ErrorCode::kCorrupt, "the node answered with other evidence");
  file.bytes = item.evidence;
  return file;
}

}  // namespace galen::client
