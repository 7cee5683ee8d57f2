'use strict';
const $ = id => document.getElementById(id);

function row(label, probability, chosen) {
  const tr = document.createElement('tr');
  if (chosen) tr.className = 'chosen';
  const name = document.createElement('th');
  name.scope = 'row';
  name.textContent = label;
  const track = document.createElement('div');
  track.className = 'track';
  const bar = track.appendChild(document.createElement('div'));
  bar.className = 'bar';
  bar.style.width = `${100 * probability}%`;
  const cell = document.createElement('td');
  cell.append(track);
  const number = document.createElement('td');
  number.textContent = `${(100 * probability).toFixed(1)} %`;
  tr.append(name, cell, number);
  return tr;
}

function show(answer) {
  $('version').textContent = answer.version;
  $('label').textContent = answer.label;
  $('id').textContent = answer.prediction_id;
  $('rows').replaceChildren(...Object.entries(answer.probs).map(([label, p]) => row(label, p, label === answer.label)));
  $('warnings').hidden = answer.warnings === null;
  $('warnings').textContent = answer.warnings === null ? ''
    : 'Warnings: ' + Object.entries(answer.warnings).map(([kind, features]) => `${kind}: ${Object.keys(features).join(', ')}`).join('; ');
}

async function predict(event) {
  event?.preventDefault();
  $('answer').setAttribute('aria-busy', 'true');
  let error = '';
  try {
    const response = await fetch('/predict', {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ text: $('text').value }),
    });
    const answer = await response.json();
    if (response.ok) show(answer);
    else error = answer.detail;
  } catch {
    error = 'The server does not answer.';
  }
  $('error').textContent = error;
  $('error').hidden = error === '';
  $('result').hidden = error !== '';
  $('answer').setAttribute('aria-busy', 'false');
}

$('form').addEventListener('submit', predict);
$('text').addEventListener('keydown', event => {
  if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) predict(event);
});
