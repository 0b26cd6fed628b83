/** The contract as one AsyncAPI 3.0 document: every topic, who sends on it, with which QoS, and what it carries. */
import { dataSchemaUrn, eventEnvelope, eventType } from './envelope.ts';
import { dataSchemas } from './events.ts';
import { jsonSchema } from './json-schemas.ts';
import { messages } from './messages.ts';
import { streams } from './streams.ts';
import { topics } from './topics.ts';

type MessageName = keyof typeof messages;

interface Channel {
  readonly message: MessageName;
  /** send: from the hut to the centre. */
  readonly action: 'send' | 'receive';
  readonly qos: 0 | 1;
  readonly retain: boolean;
  readonly about: string;
}

/** One row per topic that is not an event stream. `satisfies` keeps it complete. */
const channels = {
  state: { message: 'state', action: 'send', qos: 1, retain: true, about: 'Birth, last will and clean stop of a hut' },
  device: {
    message: 'device',
    action: 'send',
    qos: 1,
    retain: true,
    about: 'State of one device; empty when it was removed from the configuration',
  },
  health: {
    message: 'health',
    action: 'send',
    qos: 0,
    retain: false,
    about: 'Every 30 s: backlog, machine, clock and device counters',
  },
  commandResult: { message: 'commandResult', action: 'send', qos: 1, retain: false, about: 'What became of a command' },
  configReported: {
    message: 'configReported',
    action: 'send',
    qos: 1,
    retain: true,
    about: 'What became of the campaign plan: `version` is the version of the plan, `sha256` that of its bytes',
  },
  ack: {
    message: 'ack',
    action: 'receive',
    qos: 1,
    retain: false,
    about: 'What is safe at the centre, and what it wants again',
  },
  command: {
    message: 'command',
    action: 'receive',
    qos: 1,
    retain: false,
    about: 'A command; retained, expired or repeated ones are not executed',
  },
  configDesired: {
    message: 'configDesired',
    action: 'receive',
    qos: 1,
    retain: true,
    about: 'Desired configuration: reserved, no hut reads it yet',
  },
  plan: { message: 'plan', action: 'receive', qos: 1, retain: true, about: 'Campaign plan for all huts of a region' },
  pace: {
    message: 'pace',
    action: 'receive',
    qos: 1,
    retain: true,
    about: 'How fast huts drain and how widely they spread reconnects',
  },
  central: {
    message: 'central',
    action: 'receive',
    qos: 1,
    retain: true,
    about: 'Whether the centre takes events; also its last will',
  },
} as const satisfies Record<Exclude<keyof ReturnType<typeof topics>, 'event'>, Channel>;

const parameters: ReadonlyMap<string, string> = new Map([
  ['region', 'Region of the hut, [a-z0-9-]{1,32}'],
  ['gateway', 'Id of the hut, [a-z0-9-]{1,32}'],
  ['device', 'Id of the device, [a-z0-9-]{1,32}'],
]);

export function asyncApiDocument(version: string): Record<string, unknown> {
  const templates = topics({ region: '{region}', gateway: '{gateway}' });
  const out = {
    channels: {} as Record<string, unknown>,
    operations: {} as Record<string, unknown>,
    messages: {} as Record<string, unknown>,
    schemas: { envelope: jsonSchema(eventEnvelope, 'draft-7') } as Record<string, unknown>,
  };
  const ref = (path: string) => ({ $ref: `#/${path}` });

  function addChannel(
    name: string,
    address: string,
    message: string,
    { action, qos, retain, about }: Omit<Channel, 'message'>,
  ) {
    const used = [...parameters].filter(([key]) => address.includes(`{${key}}`));
    out.channels[name] = {
      address,
      description: about,
      messages: { [message]: ref(`components/messages/${message}`) },
      ...(used.length > 0 && {
        parameters: Object.fromEntries(used.map(([key, description]) => [key, { description }])),
      }),
    };
    out.operations[name] = {
      action,
      channel: ref(`channels/${name}`),
      summary: about,
      messages: [ref(`channels/${name}/messages/${message}`)],
      bindings: { mqtt: { qos, retain, bindingVersion: '0.2.0' } },
    };
  }

  for (const [name, channel] of Object.entries(channels)) {
    const template = templates[name as keyof typeof channels];
    const address = typeof template === 'function' ? template('{device}') : template;
    addChannel(name, address, channel.message, channel);
    out.schemas[channel.message] = jsonSchema(messages[channel.message], 'draft-7');
    out.messages[channel.message] = message(
      channel.message,
      'application/json',
      ref(`components/schemas/${channel.message}`),
    );
  }

  for (const stream of streams) {
    const types = [...dataSchemas.keys()].filter((type) => type.startsWith(`${stream}.`));
    const name = `${stream}Events`;
    addChannel(name, templates.event(stream), name, {
      action: 'send',
      qos: 1,
      retain: false,
      about: `1 to 50 events of the stream ${stream}, at most 128 KiB, strictly by seq`,
    });
    const items = { oneOf: types.map((type) => ref(`components/schemas/${type}`)) };
    const payload = { type: 'array', minItems: 1, maxItems: 50, items };
    out.messages[name] = message(name, 'application/cloudevents-batch+json', payload);
  }
  for (const [type, schema] of dataSchemas)
    out.schemas[type] = {
      title: type,
      allOf: [
        ref('components/schemas/envelope'),
        {
          properties: {
            type: { const: eventType(type) },
            dataschema: { const: dataSchemaUrn(type) },
            data: jsonSchema(schema, 'draft-7'),
          },
        },
      ],
    };

  return {
    asyncapi: '3.0.0',
    info: {
      title: 'hutgate',
      version,
      description:
        'What a sampling hut and the central system say to each other over MQTT 3.1.1 or 5, seen from the hut. ' +
        'Events come at least once: deduplicate on `id`, find gaps with (`epoch`, `stream`, `seq`). How to begin, what an ' +
        'acknowledgement promises, and which commands there are: config/CENTRAL.md.',
      license: { name: 'MIT' },
    },
    defaultContentType: 'application/json',
    channels: out.channels,
    operations: out.operations,
    components: { messages: out.messages, schemas: out.schemas },
  };
}

const message = (name: string, contentType: string, payload: unknown) => ({ name, contentType, payload });
